/** Appends whose rows lie in many year folders at once: one bar a year, on another day for each append. */
import { createBars, type Bars } from '../../../market/index.ts'

export const firstYear = 2010
export const years = 6
const day = 86_400_000

export function yearlyBars(index: number): Bars {
  const openTime = Float64Array.from({ length: years }, (_, year) =>
    Date.UTC(firstYear + year, 0, 1 + index),
  )
  const price = openTime.map((_, year) => 100 + index + year / 10)
  return createBars({
    ...{ symbol: 'A', timeframe: '1d', openTime, closeTime: openTime.map((at) => at + day) },
    ...{ open: price, high: price, low: price, close: price, volume: price },
  })
}
