/** The largest or smallest of the last rows and its place, on block windows. Ties go to the oldest. */
import { column, row } from './columns.as'

/**
 * State: window, required, sign (1 largest, −1 smallest: values are compared with it), places of the value and of its position among the outputs
 * (−1 none), phase, valid, best, its place in the block, then the best from each row of the block before to its end, and where each stands.
 */
export function extreme(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state), required = <i32>load<f64>(state, 8), sign = load<f64>(state, 16)
  const valueAt = load<f64>(state, 24), placeAt = load<f64>(state, 32)
  const x = column(args, 0)
  const valueOut = valueAt < 0 ? <usize>0 : column(args, 1 + <i32>valueAt)
  const placeOut = placeAt < 0 ? <usize>0 : column(args, 1 + <i32>placeAt)
  const places = <usize>(window + 1) << 3
  const suffix = state + 72
  let phase = <i32>load<f64>(state, 40), valid = <i32>load<f64>(state, 48)
  let best = f64x2.splat(load<f64>(state, 56)), bestAt = f64x2.splat(load<f64>(state, 64))
  let at = row(suffix, phase)
  for (let i = from; i < to; i++) {
    const entering = sign * load<f64>(row(x, i))
    // A missing value is larger than none. Lanes instead of numbers, as a choice between numbers is a branch and a coin toss.
    const next = f64x2.splat(entering)
    const larger = f64x2.gt(next, best)
    best = v128.bitselect(next, best, larger)
    bestAt = v128.bitselect(f64x2.splat(<f64>phase), bestAt, larger)
    valid += i32(entering == entering)
    if (i >= window) {
      const leaving = load<f64>(row(x, i - window))
      valid -= i32(leaving == leaving)
    }
    phase++
    at += 8
    const older = v128.load64_splat(at)
    const isOlder = f64x2.ge(older, best)
    const enough = valid >= required
    if (valueOut) {
      const value = sign * f64x2.extract_lane(v128.bitselect(older, best, isOlder), 0)
      store<f64>(row(valueOut, i), enough ? value : NaN)
    }
    if (placeOut) {
      // Position from 1 among the rows there are: the block before counts from −window.
      const rows = i + 1 < window ? i + 1 : window
      const olderAt = f64x2.sub(v128.load64_splat(at + places), f64x2.splat(<f64>window))
      const where = f64x2.extract_lane(v128.bitselect(olderAt, bestAt, isOlder), 0)
      store<f64>(row(placeOut, i), enough ? where + <f64>(rows - phase + 1) : NaN)
    }
    if (phase < window) continue
    let greatest = f64x2.splat(-Infinity)
    let greatestAt = f64x2.splat(0)
    for (let j = window - 1; j >= 0; j--) {
      const value = f64x2.splat(sign * load<f64>(row(x, i - window + 1 + j)))
      const atLeast = f64x2.ge(value, greatest)
      greatest = v128.bitselect(value, greatest, atLeast)
      greatestAt = v128.bitselect(f64x2.splat(<f64>j), greatestAt, atLeast)
      at = row(suffix, j)
      v128.store64_lane(at, greatest, 0)
      v128.store64_lane(at + places, greatestAt, 0)
    }
    at = suffix
    phase = 0
    best = f64x2.splat(-Infinity)
  }
  store<f64>(state, <f64>phase, 40)
  store<f64>(state, <f64>valid, 48)
  store<f64>(state, f64x2.extract_lane(best, 0), 56)
  store<f64>(state, f64x2.extract_lane(bestAt, 0), 64)
}
