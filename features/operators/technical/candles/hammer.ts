import { candle } from './candle.ts'
import { bottomOf } from './candle-parts.ts'
import { averageReach, near } from './candle-settings.ts'
import { hangsDown } from './hammer-body.ts'

export const hammer = candle({
  name: 'CdlHammer',
  doc: '1 where a short body with a long lower shadow stands at or below the low of the bar before; TA-Lib CDLHAMMER.',
  reach: averageReach + 1,
  shape(candles, i) {
    if (!hangsDown(candles, i)) return 0
    return bottomOf(candles, i) <= candles.low[i - 1]! + near(candles, i - 1) ? 1 : 0
  },
})
