import { candle } from './candle.ts'
import { bottomOf, topOf } from './candle-parts.ts'
import { averageReach } from './candle-settings.ts'
import { standsUp } from './hammer-body.ts'

export const shootingStar = candle({
  name: 'CdlShootingStar',
  doc: '−1 where a short body with a long upper shadow lies above the body of the bar before; TA-Lib CDLSHOOTINGSTAR.',
  reach: averageReach + 1,
  shape: (candles, i) =>
    bottomOf(candles, i) > topOf(candles, i - 1) && standsUp(candles, i) ? -1 : 0,
})
