import { candle } from './candle.ts'
import { bodyOf } from './candle-parts.ts'
import { averageReach, tiny } from './candle-settings.ts'

export const doji = candle({
  name: 'CdlDoji',
  doc: '1 where the bar opens and closes at about the same price; TA-Lib CDLDOJI.',
  reach: averageReach,
  shape: (candles, i) => (bodyOf(candles, i) <= tiny(candles, i) ? 1 : 0),
})
