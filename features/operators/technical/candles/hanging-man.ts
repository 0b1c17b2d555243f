import { candle } from './candle.ts'
import { bottomOf } from './candle-parts.ts'
import { averageReach, near } from './candle-settings.ts'
import { hangsDown } from './hammer-body.ts'

export const hangingMan = candle({
  name: 'CdlHangingMan',
  doc: '−1 where a short body with a long lower shadow stands at or above the high of the bar before; TA-Lib CDLHANGINGMAN.',
  reach: averageReach + 1,
  shape(candles, i) {
    if (!hangsDown(candles, i)) return 0
    return bottomOf(candles, i) >= candles.high[i - 1]! - near(candles, i - 1) ? -1 : 0
  },
})
