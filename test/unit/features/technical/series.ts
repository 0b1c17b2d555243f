/** The series of test/oracle/talib-indicators.py: two real ones that npm ships, and two made by its formulas. */
import { readFileSync } from 'node:fs'

export type Series = Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', Float64Array>>

type Bar = readonly [open: number, high: number, low: number, close: number, volume: number]

export function loadSeries(name: string): Series {
  switch (name) {
    case 'spx':
      return read('node_modules/vega-datasets/data/sp500-2000.csv')
    case 'aapl':
      return read('node_modules/@observablehq/sample-datasets/aapl.csv')
    case 'hostile':
      return columns(hostile())
    case 'shapes':
      return columns(shapes())
    default:
      throw new Error(`no series ${name}`)
  }
}

/** Both files have date, open, high, low, close, adjusted close, volume. */
function read(path: string): Series {
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  return columns(
    lines.map((line) => {
      const [, open, high, low, close, , volume] = line.split(',').map(Number)
      return [open!, high!, low!, close!, volume!]
    }),
  )
}

function columns(bars: readonly Bar[]): Series {
  const column = (k: number): Float64Array => Float64Array.from(bars, (bar) => bar[k]!)
  return { open: column(0), high: column(1), low: column(2), close: column(3), volume: column(4) }
}

/** Numerical Recipes' linear congruence, as the oracle draws. */
function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Constant stretches, gaps of 10⁴ both ways, no volume, a straight rise and fall, bars without a range; 80 rows each. */
function hostile(): Bar[] {
  const uniform = draws(1)
  let close = 50
  return Array.from({ length: 640 }, (_, i): Bar => {
    const part = Math.floor(i / 80)
    const scale = part === 2 || (part === 6 && i % 2 === 1) ? 1e4 : 1
    const u = uniform()
    const v = uniform()
    const w = uniform()
    const z = uniform()
    if (part === 1) {
      close = 50
      return [50, 50, 50, 50, 100]
    }
    const step = part === 4 ? (i % 80 < 40 ? v : -v) : 2 * v - 1
    let open = close
    close *= 1 + 0.03 * step
    open *= 1 + 0.01 * (u - 0.5)
    let high = Math.max(open, close) * (1 + 0.01 * w)
    let low = Math.min(open, close) * (1 - 0.01 * z)
    if (part === 5) open = high = low = close
    const volume = part === 3 && i % 80 < 50 ? 0 : Math.floor(1 + 1000 * w) * scale
    return [open * scale, high * scale, low * scale, close * scale, volume]
  })
}

/** Small whole prices: every candlestick, and ties in every comparison. */
function shapes(): Bar[] {
  const uniform = draws(2)
  const pick = (values: readonly number[]): number => values[Math.floor(uniform() * values.length)]!
  const sizes = [0, 0, 0, 1, 1, 2, 2, 3, 4, 6, 9, 12]
  const shadows = [0, 0, 0, 0, 1, 1, 2, 3, 5, 9]
  const gaps = [0, 0, 0, 1, -1, 1, -1, 2, -2, 4, -4]
  let before = 500
  return Array.from({ length: 3_000 }, (_, i): Bar => {
    const gap = pick(gaps)
    const color = uniform() < 0.5 ? 1 : -1
    const size = pick(sizes)
    const above = pick(shadows)
    const below = pick(shadows)
    const crow = i % 10 >= 3 && i % 10 <= 5
    const soldier = i % 10 >= 7
    const open = before + (crow ? 1 : soldier ? -1 : gap)
    const close = open + (crow ? -1 : soldier ? 1 : color) * size
    const high = Math.max(open, close) + (soldier ? 0 : above)
    const low = Math.min(open, close) - (crow ? 0 : below)
    before = Math.floor(close - 0.02 * (close - 500) + 0.5)
    return [open, high, low, close, 1]
  })
}
