import { candle, type Candles } from './candle.ts'
import { colorOf, lowerShadowOf } from './candle-parts.ts'
import { averageReach, tiny } from './candle-settings.ts'

export const threeBlackCrows = candle({
  name: 'Cdl3BlackCrows',
  doc: '−1 where, after a white bar, three black bodies with hardly a lower shadow close lower each and open within the one before; TA-Lib CDL3BLACKCROWS.',
  reach: averageReach + 3,
  shape(candles, i) {
    const found =
      colorOf(candles, i - 3) === 1 &&
      isCrow(candles, i - 2) &&
      candles.high[i - 3]! > candles.close[i - 2]! &&
      follows(candles, i - 1) &&
      follows(candles, i)
    return found ? -1 : 0
  },
})

function isCrow(candles: Candles, i: number): boolean {
  return colorOf(candles, i) === -1 && lowerShadowOf(candles, i) < tiny(candles, i)
}

/** Whether row i is a crow after the one before it. */
function follows(candles: Candles, i: number): boolean {
  const { open, close } = candles
  return (
    isCrow(candles, i) &&
    open[i]! < open[i - 1]! &&
    open[i]! > close[i - 1]! &&
    close[i]! < close[i - 1]!
  )
}
