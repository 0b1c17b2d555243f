/** Loops over rows in plain TypeScript; see rows.as.ts. */
import { philox4x32 } from '../../../../core/rng.ts'
import type { Kernels } from '../kernels.ts'

export function referenceRows(
  view: DataView,
): Pick<
  Kernels,
  | 'largestPair'
  | 'packPairs'
  | 'listRows'
  | 'drawRows'
  | 'partitionRows'
  | 'sumRows'
  | 'addToRows'
  | 'walkCodes'
> {
  const f64 = (at: number): number => view.getFloat64(at, true)
  const f32 = (at: number): number => view.getFloat32(at, true)
  const i32 = (at: number): number => view.getInt32(at, true)
  return {
    largestPair(pairsAt, from, to, outAt) {
      let [gradient, hessian] = [0, 0]
      for (let row = from; row < to; row++) {
        gradient = Math.max(gradient, Math.abs(f32(pairsAt + 8 * row)))
        hessian = Math.max(hessian, Math.abs(f32(pairsAt + 8 * row + 4)))
      }
      view.setFloat64(outAt, gradient, true)
      view.setFloat64(outAt + 8, hessian, true)
    },
    packPairs(pairsAt, from, to, gradientScale, hessianScale, packedAt) {
      for (let row = from; row < to; row++) {
        const gradient = nearest(f32(pairsAt + 8 * row) * gradientScale)
        const hessian = nearest(f32(pairsAt + 8 * row + 4) * hessianScale)
        view.setInt32(packedAt + 8 * row, hessian, true)
        view.setInt32(packedAt + 8 * row + 4, gradient, true)
      }
    },
    listRows(rowsAt, from, to) {
      for (let row = from; row < to; row++) view.setInt32(rowsAt + 4 * row, row, true)
    },
    drawRows(rowsAt, from, to, key0, key1, threshold) {
      let count = 0
      for (let row = from; row < to; row++) {
        const drawn = philox4x32([row >>> 2, 0, 0, 0], [key0 >>> 0, key1 >>> 0])[row & 3]!
        view.setInt32(rowsAt + 4 * (from + count), row, true)
        if (drawn < threshold >>> 0) count++
      }
      return count
    },
    partitionRows(columnAt, rowsAt, _scratchAt, from, to, tableAt) {
      const left: number[] = []
      const right: number[] = []
      for (let i = from; i < to; i++) {
        const row = i32(rowsAt + 4 * i)
        const goesLeft = view.getUint8(tableAt + view.getUint8(columnAt + row)) === 1
        ;(goesLeft ? left : right).push(row)
      }
      for (const [i, row] of [...left, ...right].entries())
        view.setInt32(rowsAt + 4 * (from + i), row, true)
      return from + left.length
    },
    sumRows(pairsAt, rowsAt, from, to, gradientScale, hessianScale, outAt) {
      let [gradient, hessian] = [0, 0]
      for (let i = from; i < to; i++) {
        const pair = pairsAt + 8 * i32(rowsAt + 4 * i)
        gradient += nearest(f32(pair) * gradientScale)
        hessian += nearest(f32(pair + 4) * hessianScale)
      }
      view.setFloat64(outAt, gradient, true)
      view.setFloat64(outAt + 8, hessian, true)
    },
    addToRows(marginsAt, rowsAt, from, to, value) {
      for (let i = from; i < to; i++) {
        const at = marginsAt + 8 * i32(rowsAt + 4 * i)
        view.setFloat64(at, f64(at) + value, true)
      }
    },
    walkCodes(nodesAt, tablesAt, binsAt, stride, from, to, marginsAt) {
      for (let row = from; row < to; row++) {
        let node = 0
        for (let feature = i32(nodesAt); feature >= 0; feature = i32(nodesAt + 16 * node)) {
          const code = view.getUint8(binsAt + row * stride + feature)
          const left = view.getUint8(tablesAt + 256 * node + code)
          node = i32(nodesAt + 16 * node + 4) + 1 - left
        }
        const at = marginsAt + 8 * row
        view.setFloat64(at, f64(at) + f64(nodesAt + 16 * node + 8), true)
      }
    },
  }
}

/** The nearest integer, ties to the even one, as WebAssembly rounds. */
function nearest(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}
