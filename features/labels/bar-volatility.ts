/**
 * Volatility of one bar's return as known at its close: the exponentially weighted standard deviation of simple close returns, as in López de Prado, "Advances in
 * Financial Machine Learning" (2018), snippet 3.1: pandas' `close.pct_change().ewm(span=W, min_periods=W).std()`, adjusted weights, corrected for bias.
 */
import { numberColumn, type Frame } from '../../core/frame.ts'

/** Returns are differences of numbers near 1, which are rounded at 1e-16: what is not well above that is no movement. */
const roundingError = 1e-14

/**
 * One value a row, from that row and earlier ones alone. NaN until `span` returns were seen, and at a row without a return (a price that is not positive), which
 * the recurrence passes over. 0 where the price has not moved.
 */
export function barVolatility(bars: Frame, span: number): Float64Array {
  const close = numberColumn(bars, 'close')
  const out = new Float64Array(bars.length).fill(NaN)
  const keep = 1 - 2 / (span + 1)
  let [weight, squares, mean, variance, seen] = [0, 0, 0, 0, 0]
  for (let row = 1; row < close.length; row++) {
    const [before, now] = [close[row - 1]!, close[row]!]
    if (!(before > 0) || !(now > 0)) continue
    const value = now / before - 1
    // Weights of the returns so far decay by one bar; the new one weighs 1.
    weight *= keep
    squares *= keep * keep
    const total = weight + 1
    const delta = value - mean
    variance = (weight * variance + (weight * delta * delta) / total) / total
    mean += delta / total
    weight = total
    squares += 1
    seen++
    const bias = weight * weight - squares
    if (seen < span) continue
    const deviation = Math.sqrt((variance * weight * weight) / bias)
    out[row] = deviation > roundingError ? deviation : 0
  }
  return out
}
