/**
 * What counts as long, short, near: TA-Lib's default candle settings. Each is a share of an average over the bars before row i,
 * so a candle is judged by its predecessors and never by itself. A body is long above and short below the same average.
 */
import type { Candles } from './candle.ts'
import { bodyOf, rangeOf } from './candle-parts.ts'

/** Rows that the averages look back from the row that they judge. */
export const averageReach = 10

/** BodyLong and BodyShort: mean body of the ten bars before. */
export function averageBody(candles: Candles, i: number): number {
  let sum = 0
  for (let k = i - averageReach; k < i; k++) sum += bodyOf(candles, k)
  return sum / averageReach
}

/** BodyDoji and ShadowVeryShort: a tenth of the mean range of the ten bars before. */
export const tiny = (candles: Candles, i: number): number =>
  0.1 * averageRange(candles, i, averageReach)

/** Near: a fifth of the mean range of the five bars before. */
export const near = (candles: Candles, i: number): number => 0.2 * averageRange(candles, i, 5)

/** Far: three fifths of the mean range of the five bars before. */
export const far = (candles: Candles, i: number): number => 0.6 * averageRange(candles, i, 5)

function averageRange(candles: Candles, i: number, rows: number): number {
  let sum = 0
  for (let k = i - rows; k < i; k++) sum += rangeOf(candles, k)
  return sum / rows
}
