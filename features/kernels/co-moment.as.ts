/**
 * Correlation and covariance of two columns over the last rows, on block windows about an anchor. Where a sum of squares cancels against the mean, and
 * where values are missing, two passes over the window instead. A row counts that has both values.
 */
import { column, finite, orZero, row } from './columns.as'

/** Leaves 12 of 16 digits in a difference of sums. */
const cancellation = 1e-4

/**
 * State: window, required, correlate (1) or covariance (0), phase, valid, anchors of x and y, Σx, Σy, Σx², Σy², Σxy of the block, then the same five
 * from each row of the block before to its end, row by row.
 */
export function coMoment(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state), required = <i32>load<f64>(state, 8), correlate = load<f64>(state, 16) == 1
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let phase = <i32>load<f64>(state, 24), valid = <i32>load<f64>(state, 32)
  let anchorX = load<f64>(state, 40), anchorY = load<f64>(state, 48)
  let sumX = load<f64>(state, 56), sumY = load<f64>(state, 64)
  let sumXX = load<f64>(state, 72), sumYY = load<f64>(state, 80), sumXY = load<f64>(state, 88)
  const suffix = state + 96
  const inverse = 1 / <f64>window, freedom = 1 / <f64>(window - 1)
  let at = suffix + <usize>phase * 40
  for (let i = from; i < to; i++) {
    const nextX = load<f64>(row(x, i)), nextY = load<f64>(row(y, i))
    const both = nextX + nextY
    if (anchorX != anchorX && both == both) {
      anchorX = nextX
      anchorY = nextY
    }
    const has = both == both
    const dx = has ? nextX - anchorX : 0
    const dy = has ? nextY - anchorY : 0
    sumX += dx
    sumY += dy
    sumXX += dx * dx
    sumYY += dy * dy
    sumXY += dx * dy
    valid += i32(has)
    if (i >= window) {
      const left = load<f64>(row(x, i - window)) + load<f64>(row(y, i - window))
      valid -= i32(left == left)
    }
    phase++
    at += 40
    let value = NaN
    if (valid == window) {
      const totalX = sumX + load<f64>(at), totalY = sumY + load<f64>(at, 8)
      const squaresX = sumXX + load<f64>(at, 16), squaresY = sumYY + load<f64>(at, 24)
      const spreadX = squaresX - totalX * totalX * inverse
      const spreadY = squaresY - totalY * totalY * inverse
      if (spreadX > cancellation * squaresX && spreadY > cancellation * squaresY) {
        const cross = sumXY + load<f64>(at, 32) - totalX * totalY * inverse
        value = correlate ? bounded(cross / sqrt(spreadX * spreadY)) : cross * freedom
      } else value = direct(x, y, i, window, correlate)
    } else if (valid >= required) value = direct(x, y, i, window, correlate)
    store<f64>(row(out, i), finite(value))
    if (phase < window) continue
    phase = 0
    sumX = 0
    sumY = 0
    sumXX = 0
    sumYY = 0
    sumXY = 0
    if (has) {
      anchorX = nextX
      anchorY = nextY
    }
    backwards(x, y, i + 1 - window, window, anchorX, anchorY, suffix)
    at = suffix
  }
  store<f64>(state, <f64>phase, 24)
  store<f64>(state, <f64>valid, 32)
  store<f64>(state, anchorX, 40)
  store<f64>(state, anchorY, 48)
  store<f64>(state, sumX, 56)
  store<f64>(state, sumY, 64)
  store<f64>(state, sumXX, 72)
  store<f64>(state, sumYY, 80)
  store<f64>(state, sumXY, 88)
}

/** The sums of a block's rows from each to the end. */
function backwards(x: usize, y: usize, start: i32, window: i32, anchorX: f64, anchorY: f64, suffix: usize): void {
  let totalX = 0.0, totalY = 0.0, squaresX = 0.0, squaresY = 0.0, cross = 0.0
  let at = suffix + <usize>window * 40
  for (let j = window - 1; j >= 0; j--) {
    const dx = load<f64>(row(x, start + j)) - anchorX, dy = load<f64>(row(y, start + j)) - anchorY
    const both = dx * dy
    const has = both == both
    totalX += has ? dx : 0
    totalY += has ? dy : 0
    squaresX += has ? dx * dx : 0
    squaresY += has ? dy * dy : 0
    cross += orZero(both)
    at -= 40
    store<f64>(at, totalX)
    store<f64>(at, totalY, 8)
    store<f64>(at, squaresX, 16)
    store<f64>(at, squaresY, 24)
    store<f64>(at, cross, 32)
  }
}

/** Rounding may lead a correlation a little beyond 1. */
// @ts-ignore: decorator
@inline
function bounded(value: f64): f64 {
  return max<f64>(-1, min<f64>(1, value))
}

/** Two passes over the rows that have both values. */
function direct(x: usize, y: usize, i: i32, window: i32, correlate: bool): f64 {
  const start = max(0, i + 1 - window)
  let meanX = 0.0, meanY = 0.0, valid = 0
  for (let k = start; k <= i; k++) {
    const a = load<f64>(row(x, k)), b = load<f64>(row(y, k))
    if (a + b != a + b) continue
    meanX += a
    meanY += b
    valid++
  }
  const count = <f64>valid
  meanX /= count
  meanY /= count
  let cross = 0.0, spreadX = 0.0, spreadY = 0.0
  for (let k = start; k <= i; k++) {
    const dx = load<f64>(row(x, k)) - meanX, dy = load<f64>(row(y, k)) - meanY
    const product = dx * dy
    if (product != product) continue
    cross += product
    spreadX += dx * dx
    spreadY += dy * dy
  }
  if (!correlate) return cross / (count - 1)
  // Rounding leaves about 1e-16 of the level where a column is constant; below 1e-12 of it there is no variation.
  if (spreadX <= 1e-24 * count * meanX * meanX || spreadY <= 1e-24 * count * meanY * meanY) return NaN
  return bounded(cross / sqrt(spreadX * spreadY))
}
