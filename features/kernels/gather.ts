import { freeAddress, kernels, reserve, wholeMemory } from './memory.ts'

/** Rows gathered before they are copied out: few enough to stay in the cache. */
const pieceRows = 64

/**
 * Writes rows [from, to) of columns in the kernels' memory as float32 rows into `X`, the first at `place`; a row is as wide as
 * there are columns.
 */
export function gatherRows(
  columns: readonly Float64Array[],
  from: number,
  to: number,
  X: Float32Array,
  place: number,
): void {
  const width = columns.length
  const columnsAt = freeAddress()
  const outAt = columnsAt + 16 * Math.ceil(width / 4)
  reserve(outAt + 4 * width * pieceRows)
  const { words, numbers } = wholeMemory()
  for (let k = 0; k < width; k++) words[columnsAt / 4 + k] = columns[k]!.byteOffset
  const rows = new Float32Array(numbers.buffer, outAt, width * pieceRows)
  for (let start = from; start < to; start += pieceRows) {
    const end = Math.min(to, start + pieceRows)
    kernels.gatherRows(columnsAt, width, start, end, outAt)
    const piece = end - start === pieceRows ? rows : rows.subarray(0, (end - start) * width)
    X.set(piece, place + (start - from) * width)
  }
}
