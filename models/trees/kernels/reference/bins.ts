/** Binning in plain TypeScript; see bins.as.ts. */
import type { Kernels } from '../kernels.ts'

export function referenceBins(
  view: DataView,
): Pick<Kernels, 'sortColumn' | 'codeColumn' | 'interleaveColumns'> {
  const f32 = (at: number): number => view.getFloat32(at, true)
  return {
    sortColumn(valuesAt, weightsAt, rows, pairsAt) {
      const pairs: [number, number][] = []
      for (let row = 0; row < rows; row++) {
        const value = f32(valuesAt + 4 * row) + 0
        if (value === value) pairs.push([value, f32(weightsAt + 4 * row)])
      }
      pairs
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .forEach(([value, weight], i) => {
          view.setFloat32(pairsAt + 8 * i, value, true)
          view.setFloat32(pairsAt + 8 * i + 4, weight, true)
        })
      return pairs.length
    },
    codeColumn(valuesAt, rows, cutsAt, missing, columnAt) {
      for (let row = 0; row < rows; row++) {
        const value = f32(valuesAt + 4 * row)
        let code = 0
        while (code < 255 && f32(cutsAt + 4 * code) <= value) code++
        view.setUint8(columnAt + row, value === value ? code : missing)
      }
    },
    interleaveColumns(columnsAt, rows, binsAt, stride, group) {
      for (let column = 8 * group; column < 8 * group + 8; column++)
        for (let row = 0; row < rows; row++)
          view.setUint8(
            binsAt + row * stride + column,
            view.getUint8(columnsAt + column * rows + row),
          )
    },
  }
}
