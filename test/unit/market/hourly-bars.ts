/** Hourly bars around the clock for tests: a seeded walk that depends on the symbol, row by row. */
import { createRng } from '../../../core/rng.ts'
import { createBars, type Bars } from '../../../market/index.ts'

export const hour = 3_600_000

export function hourlyBars(
  symbol: string,
  length: number,
  { start = Date.UTC(2019, 11, 30), vwap = false, lagMs = 0 } = {},
): Bars {
  const rng = createRng(1).stream(symbol)
  const column = (): Float64Array => new Float64Array(length)
  const [open, high, low, close, volume, middle] = [
    column(),
    column(),
    column(),
    column(),
    column(),
    column(),
  ]
  let price = 100
  for (let row = 0; row < length; row++) {
    open[row] = price
    price *= Math.exp(0.01 * rng.normal())
    close[row] = price
    high[row] = Math.max(open[row]!, price) * (1 + 0.01 * rng.uniform())
    low[row] = Math.min(open[row]!, price) * (1 - 0.01 * rng.uniform())
    volume[row] = Math.round(1000 * rng.uniform())
    middle[row] = (high[row]! + low[row]!) / 2
  }
  const openTime = Float64Array.from({ length }, (_, row) => start + row * hour)
  const closeTime = openTime.map((time) => time + hour)
  return createBars({
    ...{ symbol, timeframe: '1h', openTime, closeTime, open, high, low, close, volume },
    knownAt: closeTime.map((time) => time + lagMs),
    ...(vwap ? { vwap: middle } : {}),
  })
}
