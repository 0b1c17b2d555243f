/** The four shapes of a short body at one end of its range; what they are called depends on where the bar before stood. */
import type { Candles } from './candle.ts'
import { bodyOf, lowerShadowOf, upperShadowOf } from './candle-parts.ts'
import { averageBody, tiny } from './candle-settings.ts'

/** Short body, lower shadow longer than it, hardly an upper one. */
export function hangsDown(candles: Candles, i: number): boolean {
  const body = bodyOf(candles, i)
  return (
    lowerShadowOf(candles, i) > body &&
    body < averageBody(candles, i) &&
    upperShadowOf(candles, i) < tiny(candles, i)
  )
}

/** Short body, upper shadow longer than it, hardly a lower one. */
export function standsUp(candles: Candles, i: number): boolean {
  const body = bodyOf(candles, i)
  return (
    upperShadowOf(candles, i) > body &&
    body < averageBody(candles, i) &&
    lowerShadowOf(candles, i) < tiny(candles, i)
  )
}
