/**
 * Stage `bins`: values become codes. A thread takes some columns of a group of eight features whenever it has done others: gathers them, sorts the
 * training values of each, cuts them, codes all rows. Where the matrix is not in shared memory, the calling thread does all.
 */
import { cutsOf } from '../../bin-mapper.ts'
import { controlOf } from '../control.ts'
import { binningBytes, type Layout } from '../layout.ts'
import type { Space } from '../space.ts'
import type { Equipment, SourceMatrix } from './stages.ts'

/** Values of `space.kinds`. */
export const numericKind = 1
export const categoricalKind = 2

/** Parts in which the last groups are taken, so that threads which take one after the other end together. */
const partsOfGroup = 4

interface Part {
  readonly group: number
  /** Features of the group, from `first` to `end`. */
  readonly first: number
  readonly end: number
  /** How many parts the group has. */
  readonly parts: number
}

/** Part `k`: whole groups, then as many in parts as there are threads. */
function partAt(k: number, { groups, threads }: Layout): Part | undefined {
  const whole = threads === 1 ? groups : Math.max(0, groups - threads)
  if (k < whole) return { group: k, first: k * 8, end: k * 8 + 8, parts: 1 }
  const group = whole + Math.floor((k - whole) / partsOfGroup)
  if (group >= groups) return undefined
  const width = 8 / partsOfGroup
  const first = group * 8 + ((k - whole) % partsOfGroup) * width
  return { group, first, end: first + width, parts: partsOfGroup }
}

export function binColumns(space: Space, equipment: Equipment): void {
  while (binNext(space, equipment));
}

/** Bins the next part that nobody has taken; false where there is none. */
export function binNext(
  space: Space,
  { matrix, params }: Pick<Equipment, 'matrix' | 'params'>,
): boolean {
  if (matrix === undefined) return false
  const { layout, kernels, partsDone } = space
  const { rows, stride } = layout
  const part = partAt(Atomics.add(controlOf(space).next, 0, 1), layout)
  if (part === undefined) return false
  const { group, first, end, parts } = part
  const scratch = openScratch(space)
  gather(matrix, space, part, scratch.values)
  for (let feature = first; feature < end; feature++)
    binColumn(space, feature, (feature - first) * rows, { ...scratch, maxBin: params.max_bin })
  // Who comes last has all eight columns.
  if (Atomics.add(partsDone, group, 1) === parts - 1)
    kernels.interleaveColumns(layout.columnsAt, rows, layout.binsAt, stride, group)
  return true
}

interface Scratch {
  readonly valuesAt: number
  readonly pairsAt: number
  readonly sortedAt: number
  readonly weightsAt: number
  readonly talliesAt: number
  /** `[8, rows]` */
  readonly values: Float32Array
  readonly pairs: Float32Array
}

function openScratch({ layout, memory, thread, weights }: Space): Scratch {
  const { rows, trainRows } = layout
  const valuesAt = layout.slotsAt + thread * binningBytes(layout)
  const pairsAt = valuesAt + rows * 32
  const sortedAt = pairsAt + trainRows * 8
  const weightsAt = sortedAt + trainRows * 8
  const talliesAt = Math.ceil((weightsAt + trainRows * 4) / 8) * 8
  const values = new Float32Array(memory.buffer, valuesAt, rows * 8)
  const pairs = new Float32Array(memory.buffer, pairsAt, trainRows * 2)
  new Float32Array(memory.buffer, weightsAt, trainRows).set(weights.subarray(0, trainRows))
  return { valuesAt, pairsAt, sortedAt, weightsAt, talliesAt, values, pairs }
}

/** Cuts and codes a feature whose values begin at place `from` of the scratch. */
function binColumn(
  { layout, kernels, cuts, counts, kinds }: Space,
  feature: number,
  from: number,
  scratch: Scratch & { readonly maxBin: number },
): void {
  const { rows, trainRows, features } = layout
  const { pairsAt, sortedAt, weightsAt, talliesAt, values, pairs, maxBin } = scratch
  const columnAt = scratch.valuesAt + from * 4
  const own = cuts.subarray(feature * 256, feature * 256 + 256).fill(NaN)
  if (kinds[feature] === categoricalKind) {
    // A category is its own code; the cuts 1, 2, 3 … say the same as a threshold would.
    const column = values.subarray(from, from + rows)
    const most = column.reduce((most, value) => (value > most ? value : most), 0)
    for (let code = 0; code < most; code++) own[code] = code + 1
    counts[feature] = most + 2
  } else if (feature < features) {
    const known = kernels.sortColumn(columnAt, weightsAt, trainRows, pairsAt, sortedAt, talliesAt)
    const found = cutsOf(pairs.subarray(0, 2 * known), maxBin)
    own.set(found)
    counts[feature] = found.length + 2
  } else counts[feature] = 1
  const cutsAt = layout.cutsAt + feature * 1024
  const codesAt = layout.columnsAt + feature * rows
  kernels.codeColumn(columnAt, rows, cutsAt, counts[feature] - 1, codesAt)
}

/** Columns [first, end) of the source rows, one after the other; padding is 0. */
function gather(
  { X, features }: SourceMatrix,
  { layout, sourceRows }: Space,
  { first, end }: Part,
  values: Float32Array,
): void {
  const { rows } = layout
  const width = Math.max(0, Math.min(end, features) - first)
  if (width < end - first) values.fill(0)
  for (let row = 0; row < rows; row++) {
    let at = sourceRows[row]! * features + first
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
