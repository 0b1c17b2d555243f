import { candle } from './candle.ts'
import { bodyOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageReach, tiny } from './candle-settings.ts'

export const gravestoneDoji = candle({
  name: 'CdlGravestoneDoji',
  doc: '1 where a doji stands at the bottom of its range: an upper shadow and hardly a lower one (1 as in TA-Lib, though it is read as bearish); TA-Lib CDLGRAVESTONEDOJI.',
  reach: averageReach,
  shape(candles, i) {
    const limit = tiny(candles, i)
    const found =
      bodyOf(candles, i) <= limit &&
      lowerShadowOf(candles, i) < limit &&
      upperShadowOf(candles, i) > limit
    return found ? 1 : 0
  },
})
