import { candle } from './candle.ts'
import { bottomOf, colorOf, topOf } from './candle-parts.ts'

export const engulfing = candle({
  name: 'CdlEngulfing',
  doc: '1 (white) or −1 (black) where a body covers the one of the other colour before it; ±0.8 where they share an end; TA-Lib CDLENGULFING.',
  reach: 2,
  shape(candles, i) {
    const color = colorOf(candles, i)
    if (color === colorOf(candles, i - 1)) return 0
    const above = topOf(candles, i) - topOf(candles, i - 1)
    const below = bottomOf(candles, i - 1) - bottomOf(candles, i)
    if (above > 0 && below > 0) return color
    return above >= 0 && below >= 0 && above + below > 0 ? 0.8 * color : 0
  },
})
