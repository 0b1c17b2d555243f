import { candle } from './candle.ts'
import { bodyOf, colorOf } from './candle-parts.ts'
import { averageBody, averageReach } from './candle-settings.ts'

export const darkCloudCover = candle({
  name: 'CdlDarkCloudCover',
  doc: '−1 where a black body opens above the high of a long white one and closes penetration of the way into it; TA-Lib CDLDARKCLOUDCOVER.',
  reach: averageReach + 1,
  penetration: 0.5,
  shape(candles, i, penetration) {
    if (colorOf(candles, i - 1) !== 1 || colorOf(candles, i) !== -1) return 0
    const { open, high, close } = candles
    const before = bodyOf(candles, i - 1)
    const found =
      open[i]! > high[i - 1]! &&
      close[i]! > open[i - 1]! &&
      close[i]! < close[i - 1]! - before * penetration &&
      before > averageBody(candles, i - 1)
    return found ? -1 : 0
  },
})
