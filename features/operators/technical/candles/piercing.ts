import { candle } from './candle.ts'
import { bodyOf, colorOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const piercing = candle({
  name: 'CdlPiercing',
  doc: '1 where a long white body opens below the low of a long black one and closes in its upper half; TA-Lib CDLPIERCING.',
  reach: averageReach + 1,
  shape(candles, i) {
    if (colorOf(candles, i - 1) !== -1 || colorOf(candles, i) !== 1) return 0
    const { open, low, close } = candles
    const before = bodyOf(candles, i - 1)
    const found =
      open[i]! < low[i - 1]! &&
      close[i]! < open[i - 1]! &&
      close[i]! > close[i - 1]! + 0.5 * before &&
      before > averageBody(candles, i - 1) &&
      bodyOf(candles, i) > averageBody(candles, i)
    return found ? 1 : 0
  },
})
