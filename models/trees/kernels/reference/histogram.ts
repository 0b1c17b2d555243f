/** Histograms in plain TypeScript; see histogram.as.ts. */
import type { Kernels } from '../kernels.ts'

export function referenceHistogram(
  view: DataView,
): Pick<Kernels, 'countRange' | 'countRows' | 'foldCells' | 'subtractHistogram'> {
  const f64 = (at: number): number => view.getFloat64(at, true)
  const i32 = (at: number): number => view.getInt32(at, true)
  const countRow = (
    binsAt: number,
    stride: number,
    packedAt: number,
    row: number,
    firstGroup: number,
    endGroup: number,
    cellsAt: number,
  ): void => {
    const hessian = i32(packedAt + 8 * row)
    const gradient = i32(packedAt + 8 * row + 4)
    for (let feature = 8 * firstGroup; feature < 8 * endGroup; feature++) {
      const cell = cellsAt + (feature * 256 + view.getUint8(binsAt + row * stride + feature)) * 8
      view.setInt32(cell, i32(cell) + hessian, true)
      view.setInt32(cell + 4, i32(cell + 4) + gradient, true)
    }
  }
  return {
    countRows(binsAt, stride, packedAt, rowsAt, from, to, firstGroup, endGroup, cellsAt) {
      for (let i = from; i < to; i++)
        countRow(binsAt, stride, packedAt, i32(rowsAt + 4 * i), firstGroup, endGroup, cellsAt)
    },
    countRange(binsAt, stride, packedAt, from, to, firstGroup, endGroup, cellsAt) {
      for (let row = from; row < to; row++)
        countRow(binsAt, stride, packedAt, row, firstGroup, endGroup, cellsAt)
    },
    foldCells(cellsAt, countsAt, first, end, histogramAt, add) {
      for (let feature = first; feature < end; feature++) {
        // Cells are taken two at a time.
        const codes = 2 * Math.ceil(i32(countsAt + 4 * feature) / 2)
        for (let code = 0; code < codes; code++) {
          const cell = cellsAt + (feature * 256 + code) * 8
          const pair = histogramAt + (feature * 256 + code) * 16
          const gradient = i32(cell + 4) + (add === 0 ? 0 : f64(pair))
          const hessian = i32(cell) + (add === 0 ? 0 : f64(pair + 8))
          view.setFloat64(pair, gradient, true)
          view.setFloat64(pair + 8, hessian, true)
          view.setInt32(cell, 0, true)
          view.setInt32(cell + 4, 0, true)
        }
      }
    },
    subtractHistogram(fromAt, takenAt, countsAt, first, end) {
      for (let feature = first; feature < end; feature++) {
        const codes = i32(countsAt + 4 * feature)
        for (let at = feature * 4096; at < feature * 4096 + codes * 16; at += 8)
          view.setFloat64(fromAt + at, f64(fromAt + at) - f64(takenAt + at), true)
      }
    },
  }
}
