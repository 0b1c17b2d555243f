import { candle } from './candle.ts'
import { bodyOf, colorOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageBody, averageReach, tiny } from './candle-settings.ts'

export const marubozu = candle({
  name: 'CdlMarubozu',
  doc: '1 (white) or −1 (black) where a long body has hardly a shadow at either end; TA-Lib CDLMARUBOZU.',
  reach: averageReach,
  shape(candles, i) {
    if (bodyOf(candles, i) <= averageBody(candles, i)) return 0
    const limit = tiny(candles, i)
    const found = upperShadowOf(candles, i) < limit && lowerShadowOf(candles, i) < limit
    return found ? colorOf(candles, i) : 0
  },
})
