import { candle } from './candle.ts'
import { bottomOf, colorOf, topOf } from './candle-parts.ts'

export const threeOutside = candle({
  name: 'Cdl3Outside',
  doc: '1 where a white body covers the black one before it and the next bar closes higher still, −1 the other way round; TA-Lib CDL3OUTSIDE.',
  reach: 3,
  shape(candles, i) {
    const color = colorOf(candles, i - 1)
    const found =
      colorOf(candles, i - 2) !== color &&
      topOf(candles, i - 1) > topOf(candles, i - 2) &&
      bottomOf(candles, i - 1) < bottomOf(candles, i - 2) &&
      color * (candles.close[i]! - candles.close[i - 1]!) > 0
    return found ? color : 0
  },
})
