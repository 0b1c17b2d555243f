/**
 * Bollinger bands on block windows: rows are cut into blocks of the window's length, and a window is the end of one block and the beginning of the
 * next, so that nothing is ever subtracted from a sum. Sums are of the differences from the value at the end of the block before. Where their squares
 * still cancel, which takes a mean a hundred deviations from that value, two passes over the window answer instead.
 */
import { column, row } from '../columns.as'
import { lower, lowers, pairOf, upper, uppers } from './shared.as'

/** What squares above the mean are of those about the anchor, at least: leaves 12 of 16 digits. */
const cancellation: f64 = 1e-4

/**
 * State: window, deviations, rows of the block, anchor, the block's sums (of differences, of squares), and window + 1 pairs of such sums of the last block
 * from each row to its end. The pair at `window` is 0.
 */
export function bollingerBands(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state)
  const deviations = load<f64>(state, 8)
  let taken = <i32>load<f64>(state, 16)
  let anchor = load<f64>(state, 24)
  let head = v128.load(state, 32)
  const tails = state + 48
  const x = column(args, 0)
  const upperOut = column(args, 1)
  const middleOut = column(args, 2)
  const lowerOut = column(args, 3)
  const inverse: f64 = 1 / <f64>window
  const ones = f64x2.splat(1)
  let i = from
  while (i < to) {
    // After a block that ends in a missing value.
    if (taken == 0 && anchor - anchor != 0) anchor = load<f64>(row(x, i))
    const anchors = f64x2.splat(anchor)
    const end = min(to, i + window - taken)
    let tail = tails + (<usize>taken << 4)
    taken += end - i
    for (; i + 2 <= end; i += 2) {
      const apart = f64x2.sub(v128.load64_splat(row(x, i)), anchors)
      const next = f64x2.sub(v128.load64_splat(row(x, i), 8), anchors)
      const first = f64x2.add(head, f64x2.mul(apart, lowers(ones, apart)))
      head = f64x2.add(first, f64x2.mul(next, lowers(ones, next)))
      const one = f64x2.add(first, v128.load(tail, 16))
      const two = f64x2.add(head, v128.load(tail, 32))
      giveBands(x, upperOut, middleOut, lowerOut, i, 2, one, two, anchors, window, inverse, deviations)
      tail += 32
    }
    if (i < end) {
      const apart = f64x2.sub(v128.load64_splat(row(x, i)), anchors)
      head = f64x2.add(head, f64x2.mul(apart, lowers(ones, apart)))
      const both = f64x2.add(head, v128.load(tail, 16))
      giveBands(x, upperOut, middleOut, lowerOut, i, 1, both, both, anchors, window, inverse, deviations)
      i++
    }
    if (taken == window) {
      anchor = load<f64>(row(x, i - 1))
      const anchors = f64x2.splat(anchor)
      let total = f64x2.splat(0)
      let k = tails + (<usize>(window - 1) << 4)
      let value = row(x, i - 1)
      // Two at a time, as each sum waits for the one before.
      for (; k > tails; k -= 32) {
        const later = f64x2.sub(v128.load64_splat(value), anchors)
        const earlier = f64x2.sub(v128.load64_splat(value - 8), anchors)
        const own = f64x2.mul(later, lowers(ones, later))
        v128.store(k, f64x2.add(total, own))
        total = f64x2.add(total, f64x2.add(own, f64x2.mul(earlier, lowers(ones, earlier))))
        v128.store(k - 16, total)
        value -= 16
      }
      if (k == tails) {
        const own = f64x2.sub(v128.load64_splat(value), anchors)
        v128.store(k, f64x2.add(total, f64x2.mul(own, lowers(ones, own))))
      }
      head = f64x2.splat(0)
      taken = 0
    }
  }
  store<f64>(state, <f64>taken, 16)
  store<f64>(state, anchor, 24)
  v128.store(state, head, 32)
}

/** The bands of rows i and i + 1, or of row i, whose windows have the sums `first` and `second`. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function giveBands(
  x: usize, upperOut: usize, middleOut: usize, lowerOut: usize, i: i32, count: i32, first: v128, second: v128, anchors: v128, window: i32,
  inverse: f64, deviations: f64,
): void {
  const inverses = f64x2.splat(inverse)
  const sum = lowers(first, second)
  const squares = uppers(first, second)
  const shift = f64x2.mul(sum, inverses)
  let mean = f64x2.add(anchors, shift)
  let spread = f64x2.sub(squares, f64x2.mul(sum, shift))
  const cancelled = f64x2.lt(spread, f64x2.mul(squares, f64x2.splat(cancellation)))
  if (v128.any_true(cancelled)) {
    if (i64x2.extract_lane(cancelled, 0)) {
      const own = centred(row(x, i), window, inverse)
      mean = f64x2.replace_lane(mean, 0, lower(own))
      spread = f64x2.replace_lane(spread, 0, upper(own))
    }
    if (count == 2 && i64x2.extract_lane(cancelled, 1)) {
      const own = centred(row(x, i + 1), window, inverse)
      mean = f64x2.replace_lane(mean, 1, lower(own))
      spread = f64x2.replace_lane(spread, 1, upper(own))
    }
  }
  const width = f64x2.mul(f64x2.splat(deviations), f64x2.sqrt(f64x2.mul(spread, inverses)))
  const middle = f64x2.add(mean, f64x2.sub(width, width))
  const above = f64x2.add(mean, width)
  const below = f64x2.sub(mean, width)
  if (count == 2) {
    v128.store(row(upperOut, i), above)
    v128.store(row(middleOut, i), middle)
    v128.store(row(lowerOut, i), below)
  } else {
    store<f64>(row(upperOut, i), lower(above))
    store<f64>(row(middleOut, i), lower(middle))
    store<f64>(row(lowerOut, i), lower(below))
  }
}

/** Mean and sum of squared deviations of the window that ends at `newest`, in two passes about its newest value. */
function centred(newest: usize, window: i32, inverse: f64): v128 {
  const anchor = load<f64>(newest)
  const oldest = newest - (<usize>(window - 1) << 3)
  let sum: f64 = 0
  for (let value = oldest; value <= newest; value += 8) sum += load<f64>(value) - anchor
  const shift = sum * inverse
  let squares: f64 = 0
  for (let value = oldest; value <= newest; value += 8) {
    const apart = load<f64>(value) - anchor - shift
    squares += apart * apart
  }
  return pairOf(anchor + shift, squares)
}
