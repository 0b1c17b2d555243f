/**
 * Second moments and the least-squares line of the last rows, on block windows: sums of deviations from an anchor, of their squares, and of their
 * products with the position. Where a sum of squares cancels against the mean, and where values are missing, two passes over the window instead.
 */
import { column, finite, finites, orZero, row } from './columns.as'

/** Leaves 12 of 16 digits in a difference of sums. */
const cancellation = 1e-4

const pieceRows = 256
/** Σd, Σd² and the cross sum of the rows of a piece. */
const totals = memory.data(8 * 256)
const seconds = memory.data(8 * 256)
const crosses = memory.data(8 * 256)

/** Outputs, 0 where not wanted. */
let deviationOut: usize = 0
let varianceOut: usize = 0
let slopeOut: usize = 0
let shareOut: usize = 0
let residualOut: usize = 0

/**
 * State: window, required, places of Std, Var, Slope, Rsquare, Resi among the outputs (−1 none), phase, valid, anchor, sum, squares, products,
 * then Σd, Σd², Σ position · d from each row of the block before to its end, window + 1 of each.
 */
export function line(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state), required = <i32>load<f64>(state, 8)
  const x = column(args, 0)
  deviationOut = place(args, load<f64>(state, 16))
  varianceOut = place(args, load<f64>(state, 24))
  slopeOut = place(args, load<f64>(state, 32))
  shareOut = place(args, load<f64>(state, 40))
  residualOut = place(args, load<f64>(state, 48))
  let phase = <i32>load<f64>(state, 56), valid = <i32>load<f64>(state, 64)
  let anchor = load<f64>(state, 72), sum = load<f64>(state, 80), squares = load<f64>(state, 88), products = load<f64>(state, 96)
  const suffix = state + 104
  const secondAt = <usize>(window + 1) << 3
  const crossAt = secondAt << 1
  const middle = 0.5 * <f64>(window - 1)
  let i = from
  while (i < to) {
    const end = min(min(to, i + window - phase), i + pieceRows)
    const before = valid
    let at = row(suffix, phase)
    let position = <f64>(window + phase)
    let k = i
    if (anchor != anchor) {
      // Nothing has come yet but missing values.
      for (; k < end && load<f64>(row(x, k)) != load<f64>(row(x, k)); k++) {}
      if (k < end) anchor = load<f64>(row(x, k))
    }
    let s = sum, q = squares, p = products
    let phased = <f64>phase + middle
    let offset: usize = 0
    for (k = i; k < end; k++) {
      const deviation = load<f64>(row(x, k)) - anchor
      s += deviation
      q += deviation * deviation
      // Positions count from the start of the block before.
      p += position * deviation
      position += 1
      phased += 1
      at += 8
      const total = s + load<f64>(at)
      store<f64>(totals + offset, total)
      store<f64>(seconds + offset, q + load<f64>(at + secondAt))
      store<f64>(crosses + offset, p + load<f64>(at + crossAt) - phased * total)
      offset += 8
    }
    if (before == window && q - q == 0) {
      sum = s
      squares = q
      products = p
      pieceOf(x, i, end, window, anchor)
    } else {
      at = row(suffix, phase)
      position = <f64>(window + phase)
      phased = <f64>phase + middle
      for (k = i; k < end; k++) {
        const entering = load<f64>(row(x, k))
        const deviation = orZero(entering - anchor)
        sum += deviation
        squares += deviation * deviation
        products += position * deviation
        position += 1
        phased += 1
        at += 8
        valid += i32(entering == entering)
        if (k >= window) {
          const leaving = load<f64>(row(x, k - window))
          valid -= i32(leaving == leaving)
        }
        if (valid == window) {
          const total = sum + load<f64>(at)
          one(x, k, window, anchor, total, squares + load<f64>(at + secondAt), products + load<f64>(at + crossAt) - phased * total)
        } else if (valid >= required) partial(x, k, window)
        else put(k, NaN, NaN, NaN, NaN)
      }
    }
    phase += end - i
    i = end
    if (phase < window) continue
    phase = 0
    sum = 0
    squares = 0
    products = 0
    const newest = load<f64>(row(x, i - 1))
    if (newest == newest) anchor = newest
    let total = 0.0, second = 0.0, cross = 0.0
    for (let j = window - 1; j >= 0; j--) {
      const deviation = orZero(load<f64>(row(x, i - window + j)) - anchor)
      total += deviation
      second += deviation * deviation
      cross += <f64>j * deviation
      at = row(suffix, j)
      store<f64>(at, total)
      store<f64>(at + secondAt, second)
      store<f64>(at + crossAt, cross)
    }
  }
  store<f64>(state, <f64>phase, 56)
  store<f64>(state, <f64>valid, 64)
  store<f64>(state, anchor, 72)
  store<f64>(state, sum, 80)
  store<f64>(state, squares, 88)
  store<f64>(state, products, 96)
}

// @ts-ignore: decorator
@inline
function place(args: usize, at: f64): usize {
  return at < 0 ? <usize>0 : column(args, 1 + <i32>at)
}

/** Rows [from, end) whose windows are whole, from their sums, two at a time. */
function pieceOf(x: usize, from: i32, end: i32, window: i32, anchor: f64): void {
  const inverse = f64x2.splat(1 / <f64>window), freedom = f64x2.splat(1 / <f64>(window - 1)), least = f64x2.splat(cancellation)
  const spreadX = spreadOf(window)
  const spreads = f64x2.splat(spreadX), slopeScale = f64x2.splat(1 / spreadX), middle = f64x2.splat(0.5 * <f64>(window - 1))
  const anchors = f64x2.splat(anchor)
  let i = from
  let at: usize = 0
  for (; i + 2 <= end; i += 2, at += 16) {
    const total = v128.load(totals + at), second = v128.load(seconds + at), cross = v128.load(crosses + at)
    const spread = f64x2.sub(second, f64x2.mul(f64x2.mul(total, total), inverse))
    if (!i64x2.all_true(f64x2.gt(spread, f64x2.mul(least, second)))) {
      oneAt(x, i, window, anchor, at)
      oneAt(x, i + 1, window, anchor, at + 8)
      continue
    }
    const variance = f64x2.mul(spread, freedom)
    if (deviationOut) v128.store(row(deviationOut, i), finites(f64x2.sqrt(variance)))
    if (varianceOut) v128.store(row(varianceOut, i), finites(variance))
    const slope = f64x2.mul(cross, slopeScale)
    if (slopeOut) v128.store(row(slopeOut, i), finites(slope))
    if (shareOut) v128.store(row(shareOut, i), finites(f64x2.min(f64x2.splat(1), f64x2.div(f64x2.mul(cross, cross), f64x2.mul(spreads, spread)))))
    if (residualOut) {
      const level = f64x2.sub(f64x2.sub(v128.load(row(x, i)), anchors), f64x2.mul(total, inverse))
      v128.store(row(residualOut, i), finites(f64x2.sub(level, f64x2.mul(slope, middle))))
    }
  }
  if (i < end) oneAt(x, i, window, anchor, at)
}

// @ts-ignore: decorator
@inline
function spreadOf(window: i32): f64 {
  const n = <f64>window
  return (n * (n * n - 1)) / 12
}

// @ts-ignore: decorator
@inline
function oneAt(x: usize, i: i32, window: i32, anchor: f64, at: usize): void {
  one(x, i, window, anchor, load<f64>(totals + at), load<f64>(seconds + at), load<f64>(crosses + at))
}

/** One row whose window is whole: the same operations as two at a time. */
function one(x: usize, i: i32, window: i32, anchor: f64, total: f64, second: f64, cross: f64): void {
  const inverse = 1 / <f64>window, spreadX = spreadOf(window)
  const spread = second - total * total * inverse
  if (!(spread > cancellation * second)) {
    partial(x, i, window)
    return
  }
  const slope = cross * (1 / spreadX)
  const level = load<f64>(row(x, i)) - anchor - total * inverse
  put(i, spread * (1 / <f64>(window - 1)), slope, min<f64>(1, (cross * cross) / (spreadX * spread)), level - slope * (0.5 * <f64>(window - 1)))
}

function put(i: i32, variance: f64, slope: f64, share: f64, residual: f64): void {
  if (deviationOut) store<f64>(row(deviationOut, i), finite(sqrt(variance)))
  if (varianceOut) store<f64>(row(varianceOut, i), finite(variance))
  if (slopeOut) store<f64>(row(slopeOut, i), finite(slope))
  if (shareOut) store<f64>(row(shareOut, i), finite(share))
  if (residualOut) store<f64>(row(residualOut, i), finite(residual))
}

/** One row from the values that its window holds, in two passes. */
function partial(x: usize, i: i32, window: i32): void {
  const start = max(0, i + 1 - window)
  let first = NaN, total = 0.0, positions = 0.0, valid = 0
  for (let k = start; k <= i; k++) {
    const value = load<f64>(row(x, k))
    if (value != value) continue
    if (first != first) first = value
    total += value - first
    positions += <f64>(k - start)
    valid++
  }
  const count = <f64>valid
  const mean = first + total / count
  const meanX = positions / count
  let squares = 0.0, rest = 0.0, cross = 0.0, spreadX = 0.0
  for (let k = start; k <= i; k++) {
    const deviation = load<f64>(row(x, k)) - mean
    if (deviation != deviation) continue
    const apart = <f64>(k - start) - meanX
    squares += deviation * deviation
    rest += deviation
    cross += apart * deviation
    spreadX += apart * apart
  }
  // With the rounding of the mean corrected (Chan, Golub, LeVeque 1983): exactly 0 for a constant window.
  const spread = max<f64>(0, squares - (rest * rest) / count)
  // Rounding leaves about 1e-16 of the level where nothing varies; below 1e-13 of it there is no variation.
  const still = squares <= 1e-26 * count * mean * mean
  const slope = still ? 0 : cross / spreadX
  const share = still ? NaN : min<f64>(1, (cross * cross) / (spreadX * squares))
  put(i, spread / <f64>(valid - 1), slope, share, load<f64>(row(x, i)) - mean - slope * (<f64>(i - start) - meanX))
}
