/**
 * Wilder's averages (1978): of gains and losses, of the true range, of the directional index. Once begun, rows go in twos: what does not depend on
 * the row before is computed for both at once. A missing value leaves the averages NaN, upon which its two rows are done again one by one.
 */
import { column, finite, finites, row } from '../columns.as'
import { above, aboveOf, known, lower, lowers, pairOf, upper, uppers } from './shared.as'

/**
 * 100 (gain + lossWeight · loss) / (gain + loss) of the mean gains and losses. State: window, 1 / window, lossWeight, the value where nothing moved,
 * changes taken in, mean gain, mean loss.
 */
export function changeOscillator(state: usize, args: usize, from: i32, to: i32): void {
  const window = load<f64>(state)
  const weight = load<f64>(state, 8)
  const keep = 1 - weight
  const lossWeight = load<f64>(state, 16)
  const still = load<f64>(state, 24)
  let seen = load<f64>(state, 32)
  /** (gain, loss) */
  let means = v128.load(state, 40)
  const x = column(args, 0)
  const out = column(args, 1)
  const zero = f64x2.splat(0)
  const weights = f64x2.splat(weight)
  const keeps = f64x2.splat(keep)
  const lossWeights = f64x2.splat(lossWeight)
  let i = from
  if (i == 0 && i < to) {
    store<f64>(out, NaN)
    i++
  }
  while (i < to) {
    if (seen == window) {
      for (; i + 2 <= to; i += 2) {
        const change = f64x2.sub(v128.load(row(x, i)), v128.load(row(x, i) - 8))
        const gains = f64x2.mul(weights, aboveOf(change))
        const losses = f64x2.mul(weights, aboveOf(f64x2.neg(change)))
        const first = f64x2.add(f64x2.mul(keeps, means), lowers(gains, losses))
        const second = f64x2.add(f64x2.mul(keeps, first), uppers(gains, losses))
        const gain = lowers(first, second)
        const loss = uppers(first, second)
        const movement = f64x2.add(gain, loss)
        if (!known(upper(movement))) break
        means = second
        const ratio = f64x2.mul(f64x2.splat(100), f64x2.div(f64x2.add(gain, f64x2.mul(lossWeights, loss)), movement))
        v128.store(row(out, i), v128.bitselect(ratio, f64x2.splat(still), f64x2.gt(movement, zero)))
      }
    }
    const slowEnd = min(i + 2, to)
    for (; i < slowEnd; i++) {
      const change = load<f64>(row(x, i)) - load<f64>(row(x, i - 1))
      let value = NaN
      if (known(change)) {
        const parts = pairOf(above(change), above(-change))
        if (seen < window) {
          seen++
          means = f64x2.add(means, f64x2.div(parts, f64x2.splat(window)))
        } else means = f64x2.add(f64x2.mul(keeps, means), f64x2.mul(weights, parts))
        const movement = lower(means) + upper(means)
        if (seen == window) value = movement > 0 ? 100 * ((lower(means) + lossWeight * upper(means)) / movement) : still
      }
      store<f64>(row(out, i), value)
    }
  }
  store<f64>(state, seen, 32)
  v128.store(state, means, 40)
}

/** State: window, 1 / window, 1 for percent of the close and 0 for price units, ranges taken in, average. */
export function averageRange(state: usize, args: usize, from: i32, to: i32): void {
  const window = load<f64>(state)
  const weight = load<f64>(state, 8)
  const keep = 1 - weight
  const percent = load<f64>(state, 16) == 1
  let seen = load<f64>(state, 24)
  let average = load<f64>(state, 32)
  const high = column(args, 0)
  const low = column(args, 1)
  const close = column(args, 2)
  const out = column(args, 3)
  const weights = f64x2.splat(weight)
  let i = from
  if (i == 0 && i < to) {
    store<f64>(out, NaN)
    i++
  }
  while (i < to) {
    if (seen == window) {
      for (; i + 2 <= to; i += 2) {
        const top = v128.load(row(high, i))
        const bottom = v128.load(row(low, i))
        const last = v128.load(row(close, i))
        const range = f64x2.mul(weights, rangesOf(top, bottom, last, v128.load(row(close, i) - 8)))
        const first = keep * average + lower(range)
        const second = keep * first + upper(range)
        if (!known(second)) break
        average = second
        const value = pairOf(first, second)
        v128.store(row(out, i), percent ? finites(f64x2.div(f64x2.mul(f64x2.splat(100), value), last)) : value)
      }
    }
    const slowEnd = min(i + 2, to)
    for (; i < slowEnd; i++) {
      const top = v128.load64_zero(row(high, i))
      const bottom = v128.load64_zero(row(low, i))
      const last = v128.load64_zero(row(close, i))
      const range = lower(rangesOf(top, bottom, last, v128.load64_zero(row(close, i) - 8)))
      let value = NaN
      if (known(range)) {
        if (seen < window) {
          seen++
          average += weight * range
        } else average = keep * average + weight * range
        if (seen == window) value = finite(percent ? (100 * average) / lower(last) : average)
      }
      store<f64>(row(out, i), value)
    }
  }
  store<f64>(state, seen, 24)
  store<f64>(state, average, 32)
}

/**
 * max(high, previous close) − min(low, previous close), as the range and what the previous close lies outside of it, terms that cannot cancel; NaN
 * for a bar without a close.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function rangesOf(high: v128, low: v128, close: v128, previous: v128): v128 {
  const outside = f64x2.add(aboveOf(f64x2.sub(previous, high)), aboveOf(f64x2.sub(low, previous)))
  return f64x2.add(f64x2.add(f64x2.sub(high, low), outside), f64x2.sub(close, close))
}

/** State: window, 1 / window, movements taken in, indices among them, plus and minus movement, average index. */
export function directionalIndex(state: usize, args: usize, from: i32, to: i32): void {
  const window = load<f64>(state)
  const weight = load<f64>(state, 8)
  const decay = 1 - weight
  let seen = load<f64>(state, 16)
  let indices = load<f64>(state, 24)
  /** (plus, minus) */
  let sums = v128.load(state, 32)
  let average = load<f64>(state, 48)
  const high = column(args, 0)
  const low = column(args, 1)
  const close = column(args, 2)
  const out = column(args, 3)
  const decays = f64x2.splat(decay)
  let i = from
  if (i == 0 && i < to) {
    store<f64>(out, NaN)
    i++
  }
  while (i < to) {
    if (indices == window) {
      for (; i + 2 <= to; i += 2) {
        const up = f64x2.sub(v128.load(row(high, i)), v128.load(row(high, i) - 8))
        const down = f64x2.sub(v128.load(row(low, i) - 8), v128.load(row(low, i)))
        const closes = f64x2.add(v128.load(row(close, i)), v128.load(row(close, i) - 8))
        const whole = f64x2.add(f64x2.add(up, down), closes)
        // The larger of the two counts, if it is above 0.
        const plus = v128.and(aboveOf(up), f64x2.gt(up, down))
        const minus = v128.and(aboveOf(down), f64x2.gt(down, up))
        const first = f64x2.add(f64x2.mul(decays, sums), lowers(plus, minus))
        const second = f64x2.add(f64x2.mul(decays, first), uppers(plus, minus))
        const pluses = lowers(first, second)
        const minuses = uppers(first, second)
        const ratio = f64x2.div(f64x2.abs(f64x2.sub(pluses, minuses)), f64x2.add(pluses, minuses))
        const index = f64x2.add(f64x2.mul(f64x2.splat(weight), f64x2.mul(f64x2.splat(100), ratio)), f64x2.sub(whole, whole))
        const one = decay * average + lower(index)
        const two = decay * one + upper(index)
        if (!known(two)) break
        sums = second
        average = two
        v128.store(row(out, i), pairOf(one, two))
      }
    }
    const slowEnd = min(i + 2, to)
    for (; i < slowEnd; i++) {
      store<f64>(row(out, i), NaN)
      const up = load<f64>(row(high, i)) - load<f64>(row(high, i) - 8)
      const down = load<f64>(row(low, i) - 8) - load<f64>(row(low, i))
      const whole = up + down + (load<f64>(row(close, i)) + load<f64>(row(close, i) - 8))
      if (!known(whole)) continue
      const keep = seen < window - 1 ? 1 : decay
      seen = min(seen + 1, window)
      const parts = pairOf(up > down ? above(up) : 0, down > up ? above(down) : 0)
      sums = f64x2.add(f64x2.mul(f64x2.splat(keep), sums), parts)
      if (seen < window) continue
      const index = 100 * (Math.abs(lower(sums) - upper(sums)) / (lower(sums) + upper(sums)))
      if (!known(index)) continue
      if (indices < window) {
        indices++
        average += weight * index
      } else average = decay * average + weight * index
      if (indices == window) store<f64>(row(out, i), finite(average))
    }
  }
  store<f64>(state, seen, 16)
  store<f64>(state, indices, 24)
  v128.store(state, sums, 32)
  store<f64>(state, average, 48)
}

/**
 * Mean of the average index now and window − 1 rows with one ago. State: that of directionalIndex, the place of the oldest, and the last window − 1
 * indices.
 */
export function directionalRating(state: usize, args: usize, from: i32, to: i32): void {
  directionalIndex(state, args, from, to)
  const earlier = <i32>load<f64>(state) - 1
  let oldest = <i32>load<f64>(state, 56)
  const out = column(args, 3)
  for (let i = from; i < to; i++) {
    const now = load<f64>(row(out, i))
    if (now != now) continue
    const place = row(state + 64, oldest)
    store<f64>(row(out, i), finite((now + load<f64>(place)) / 2))
    store<f64>(place, now)
    oldest = oldest + 1 == earlier ? 0 : oldest + 1
  }
  store<f64>(state, <f64>oldest, 56)
}
