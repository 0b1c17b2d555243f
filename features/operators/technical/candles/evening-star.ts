import { candle } from './candle.ts'
import { bodyOf, bottomOf, colorOf, topOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const eveningStar = candle({
  name: 'CdlEveningStar',
  doc: '−1 where a long white body, a short one above it and a black one that closes penetration of the way into the first follow; TA-Lib CDLEVENINGSTAR.',
  reach: averageReach + 2,
  penetration: 0.3,
  shape(candles, i, penetration) {
    if (colorOf(candles, i - 2) !== 1 || colorOf(candles, i) !== -1) return 0
    if (bottomOf(candles, i - 1) <= topOf(candles, i - 2)) return 0
    const first = bodyOf(candles, i - 2)
    const found =
      candles.close[i]! < candles.close[i - 2]! - first * penetration &&
      first > averageBody(candles, i - 2) &&
      bodyOf(candles, i - 1) <= averageBody(candles, i - 1) &&
      bodyOf(candles, i) > averageBody(candles, i)
    return found ? -1 : 0
  },
})
