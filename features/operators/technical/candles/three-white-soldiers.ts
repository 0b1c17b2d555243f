import { candle, type Candles } from './candle.ts'
import { bodyOf, colorOf, upperShadowOf } from './candle-parts.ts'
import { averageBody, averageReach, far, near, tiny } from './candle-settings.ts'

export const threeWhiteSoldiers = candle({
  name: 'Cdl3WhiteSoldiers',
  doc: '1 where three white bodies with hardly an upper shadow close higher each, open within or near the one before and do not shrink much; TA-Lib CDL3WHITESOLDIERS.',
  reach: averageReach + 2,
  shape(candles, i) {
    const found =
      colorOf(candles, i - 2) === 1 &&
      upperShadowOf(candles, i - 2) < tiny(candles, i - 2) &&
      follows(candles, i - 1) &&
      follows(candles, i) &&
      bodyOf(candles, i) > averageBody(candles, i)
    return found ? 1 : 0
  },
})

/** Whether row i is a soldier after the one before it. */
function follows(candles: Candles, i: number): boolean {
  const { open, close } = candles
  return (
    colorOf(candles, i) === 1 &&
    close[i]! > close[i - 1]! &&
    open[i]! > open[i - 1]! &&
    open[i]! <= close[i - 1]! + near(candles, i - 1) &&
    bodyOf(candles, i) > bodyOf(candles, i - 1) - far(candles, i - 1) &&
    upperShadowOf(candles, i) < tiny(candles, i)
  )
}
