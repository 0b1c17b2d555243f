import { candle } from './candle.ts'
import { bodyOf, bottomOf, colorOf, topOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const threeInside = candle({
  name: 'Cdl3Inside',
  doc: '1 where a short body lies within the long black one before it and the next white bar closes above both, −1 the other way round; TA-Lib CDL3INSIDE.',
  reach: averageReach + 2,
  shape(candles, i) {
    const color = colorOf(candles, i - 2)
    if (colorOf(candles, i) === color) return 0
    const beyond = color * (candles.open[i - 2]! - candles.close[i]!)
    const found =
      beyond > 0 &&
      topOf(candles, i - 1) < topOf(candles, i - 2) &&
      bottomOf(candles, i - 1) > bottomOf(candles, i - 2) &&
      bodyOf(candles, i - 2) > averageBody(candles, i - 2) &&
      bodyOf(candles, i - 1) <= averageBody(candles, i - 1)
    return found ? -color : 0
  },
})
