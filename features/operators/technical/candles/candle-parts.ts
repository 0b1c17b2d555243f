/** Parts of one candle, in price units. */
import type { Candles } from './candle.ts'

export const bodyOf = ({ open, close }: Candles, i: number): number =>
  Math.abs(close[i]! - open[i]!)

export const rangeOf = ({ high, low }: Candles, i: number): number => high[i]! - low[i]!

export const topOf = ({ open, close }: Candles, i: number): number => Math.max(open[i]!, close[i]!)

export const bottomOf = ({ open, close }: Candles, i: number): number =>
  Math.min(open[i]!, close[i]!)

export const upperShadowOf = (candles: Candles, i: number): number =>
  candles.high[i]! - topOf(candles, i)

export const lowerShadowOf = (candles: Candles, i: number): number =>
  bottomOf(candles, i) - candles.low[i]!

/** 1 white (the close is not below the open), −1 black. */
export const colorOf = ({ open, close }: Candles, i: number): 1 | -1 =>
  close[i]! >= open[i]! ? 1 : -1
