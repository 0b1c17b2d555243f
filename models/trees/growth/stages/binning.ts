/**
 * Stage `bins`: values become codes. A thread takes whole groups of eight features: gathers the columns, sorts the training values of each, cuts
 * them, codes all rows. Where the matrix is not in shared memory, the calling thread does all groups.
 */
import { cutsOf } from '../../bin-mapper.ts'
import { binningBytes } from '../layout.ts'
import { share, type Space } from '../space.ts'
import type { Equipment, SourceMatrix } from './stages.ts'

/** Values of `space.kinds`. */
export const numericKind = 1
export const categoricalKind = 2

/** Words of the orders of this stage; `alone` is 1 where the calling thread does all of it. */
export const binOrder = { firstGroup: 24, endGroup: 25, alone: 26 } as const

export function binColumns(space: Space, { matrix, params }: Equipment): void {
  if (matrix === undefined) return
  const { layout, kernels, memory, thread, cuts, counts, kinds, weights, orders } = space
  const { rows, trainRows, features, stride } = layout
  const everyone = matrix.X.buffer instanceof SharedArrayBuffer && orders[binOrder.alone] === 0
  if (!everyone && thread > 0) return
  const [from, to] = [orders[binOrder.firstGroup]!, orders[binOrder.endGroup]!]
  const [low, high] = everyone ? share(to - from, space) : [0, to - from]
  const valuesAt = layout.slotsAt + thread * binningBytes(layout)
  const pairsAt = valuesAt + rows * 32
  const scratchAt = pairsAt + trainRows * 8
  const weightsAt = scratchAt + trainRows * 8
  const talliesAt = Math.ceil((weightsAt + trainRows * 4) / 8) * 8
  const values = new Float32Array(memory.buffer, valuesAt, rows * 8)
  const pairs = new Float32Array(memory.buffer, pairsAt, trainRows * 2)
  new Float32Array(memory.buffer, weightsAt, trainRows).set(weights.subarray(0, trainRows))
  for (let group = from + low; group < from + high; group++) {
    gather(matrix, space, group, values)
    for (let feature = group * 8; feature < group * 8 + 8; feature++) {
      const columnAt = valuesAt + (feature - group * 8) * rows * 4
      const own = cuts.subarray(feature * 256, feature * 256 + 256).fill(NaN)
      if (kinds[feature] === categoricalKind) {
        // A category is its own code; the cuts 1, 2, 3 … say the same as a threshold would.
        const column = values.subarray((feature - group * 8) * rows).subarray(0, rows)
        const most = column.reduce((most, value) => (value > most ? value : most), 0)
        for (let code = 0; code < most; code++) own[code] = code + 1
        counts[feature] = most + 2
      } else if (feature < features) {
        const known = kernels.sortColumn(
          columnAt,
          weightsAt,
          trainRows,
          pairsAt,
          scratchAt,
          talliesAt,
        )
        const found = cutsOf(pairs.subarray(0, 2 * known), params.max_bin)
        own.set(found)
        counts[feature] = found.length + 2
      } else counts[feature] = 1
      kernels.codeColumn(
        columnAt,
        rows,
        layout.cutsAt + feature * 1024,
        counts[feature]! - 1,
        layout.columnsAt + feature * rows,
      )
    }
    kernels.interleaveColumns(layout.columnsAt, rows, layout.binsAt, stride, group)
  }
}

/** Eight columns of the source rows, one after the other; padding is 0. */
function gather(
  { X, features }: SourceMatrix,
  { layout, sourceRows }: Space,
  group: number,
  values: Float32Array,
): void {
  const { rows } = layout
  const width = Math.min(8, features - group * 8)
  if (width < 8) values.fill(0)
  for (let row = 0; row < rows; row++) {
    let at = sourceRows[row]! * features + group * 8
    if (width < 8) {
      const end = at + width
      for (let to = row; at < end; to += rows) values[to] = X[at++]!
      continue
    }
    // A whole group at once: an inner loop over eight values takes longer than copying them.
    values[row] = X[at]!
    values[row + rows] = X[at + 1]!
    values[row + 2 * rows] = X[at + 2]!
    values[row + 3 * rows] = X[at + 3]!
    values[row + 4 * rows] = X[at + 4]!
    values[row + 5 * rows] = X[at + 5]!
    values[row + 6 * rows] = X[at + 6]!
    values[row + 7 * rows] = X[at + 7]!
  }
}
