/** Bars for tests: a seeded random walk with consistent prices, one bar a day at midnight UTC. */
import { createFrame, type Frame } from '../../core/frame.ts'
import { createRng } from '../../core/rng.ts'

const day = 86_400_000

export function randomBars(
  length: number,
  seed: number,
  { start = Date.UTC(2010, 0, 4) } = {},
): Frame {
  const rng = createRng(seed)
  const column = (): Float64Array => new Float64Array(length)
  const [openTime, knownAt, time, open, high, low, close, volume] = Array.from(
    { length: 8 },
    column,
  ) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  let price = 100
  for (let i = 0; i < length; i++) {
    openTime[i] = start + i * day
    time[i] = start + i * day + day / 2
    knownAt[i] = time[i]!
    open[i] = price * Math.exp(0.003 * rng.normal())
    price = open[i]! * Math.exp(0.01 * rng.normal())
    close[i] = price
    high[i] = Math.max(open[i]!, price) * (1 + 0.005 * rng.uniform())
    low[i] = Math.min(open[i]!, price) * (1 - 0.005 * rng.uniform())
    volume[i] = 1e6 * Math.exp(0.3 * rng.normal())
  }
  return createFrame(time, { openTime, open, high, low, close, volume, knownAt })
}
