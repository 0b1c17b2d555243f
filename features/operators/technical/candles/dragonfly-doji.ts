import { candle } from './candle.ts'
import { bodyOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageReach, tiny } from './candle-settings.ts'

export const dragonflyDoji = candle({
  name: 'CdlDragonflyDoji',
  doc: '1 where a doji stands at the top of its range: a lower shadow and hardly an upper one; TA-Lib CDLDRAGONFLYDOJI.',
  reach: averageReach,
  shape(candles, i) {
    const limit = tiny(candles, i)
    const found =
      bodyOf(candles, i) <= limit &&
      upperShadowOf(candles, i) < limit &&
      lowerShadowOf(candles, i) > limit
    return found ? 1 : 0
  },
})
