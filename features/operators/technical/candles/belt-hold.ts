import { candle } from './candle.ts'
import { bodyOf, colorOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageBody, averageReach, tiny } from './candle-settings.ts'

export const beltHold = candle({
  name: 'CdlBeltHold',
  doc: '1 where a long white body opens at its low, −1 where a long black one opens at its high; TA-Lib CDLBELTHOLD.',
  reach: averageReach,
  shape(candles, i) {
    if (bodyOf(candles, i) <= averageBody(candles, i)) return 0
    const color = colorOf(candles, i)
    const shadow = color === 1 ? lowerShadowOf(candles, i) : upperShadowOf(candles, i)
    return shadow < tiny(candles, i) ? color : 0
  },
})
