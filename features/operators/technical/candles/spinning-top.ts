import { candle } from './candle.ts'
import { bodyOf, colorOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const spinningTop = candle({
  name: 'CdlSpinningTop',
  doc: '1 (white) or −1 (black) where a short body has longer shadows at both ends; TA-Lib CDLSPINNINGTOP.',
  reach: averageReach,
  shape(candles, i) {
    const body = bodyOf(candles, i)
    const found =
      upperShadowOf(candles, i) > body &&
      lowerShadowOf(candles, i) > body &&
      body < averageBody(candles, i)
    return found ? colorOf(candles, i) : 0
  },
})
