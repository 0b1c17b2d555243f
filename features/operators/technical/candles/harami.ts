import { candle } from './candle.ts'
import { bodyOf, bottomOf, colorOf, topOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const harami = candle({
  name: 'CdlHarami',
  doc: '1 where a short body lies within the long black one before it, −1 within a white one; ±0.8 where they share an end; TA-Lib CDLHARAMI.',
  reach: averageReach + 1,
  shape(candles, i) {
    if (bodyOf(candles, i - 1) <= averageBody(candles, i - 1)) return 0
    if (bodyOf(candles, i) > averageBody(candles, i)) return 0
    const above = topOf(candles, i - 1) - topOf(candles, i)
    const below = bottomOf(candles, i) - bottomOf(candles, i - 1)
    if (above > 0 && below > 0) return -colorOf(candles, i - 1)
    return above >= 0 && below >= 0 ? -0.8 * colorOf(candles, i - 1) : 0
  },
})
