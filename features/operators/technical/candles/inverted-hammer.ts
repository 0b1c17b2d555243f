import { candle } from './candle.ts'
import { bottomOf, topOf } from './candle-parts.ts'
import { averageReach } from './candle-settings.ts'
import { standsUp } from './hammer-body.ts'

export const invertedHammer = candle({
  name: 'CdlInvertedHammer',
  doc: '1 where a short body with a long upper shadow lies below the body of the bar before; TA-Lib CDLINVERTEDHAMMER.',
  reach: averageReach + 1,
  shape: (candles, i) =>
    topOf(candles, i) < bottomOf(candles, i - 1) && standsUp(candles, i) ? 1 : 0,
})
