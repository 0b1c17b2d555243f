/** Prices of one bar, and of a bar after another. */

/** The part of `value` above 0, without a branch that random prices would mispredict every other time. */
export function above(value: number): number {
  return 0.5 * (value + Math.abs(value))
}

/**
 * True range (Wilder 1978): max(high, previous close) − min(low, previous close). Written as the range and what the previous
 * close lies outside of it, terms that cannot cancel.
 */
export function trueRange(high: number, low: number, previousClose: number): number {
  return high - low + above(previousClose - high) + above(low - previousClose)
}

const third = 1 / 3

/** (high + low + close) / 3, by a multiplication, which is several times as fast as the division. */
export function typicalPrice(high: number, low: number, close: number): number {
  return (high + low + close) * third
}
