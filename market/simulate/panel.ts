/** A simulated panel in one go: the feed stepped to the end, with what a perfect model would reach on it. */
import { createBars, type Bars } from '../bars.ts'
import { calendarFor } from '../calendar.ts'
import type { Instrument } from '../instrument.ts'
import { createSimulatedFeed } from './feed.ts'
import { attainable, type Attainable } from './optimum.ts'
import { resolveSimulation, type Simulation, type SimulationOptions } from './options.ts'

export interface SimulatedPanel {
  readonly instruments: readonly Instrument[]
  /** In the order of `instruments`. */
  readonly bars: readonly Bars[]
  /** By label: `return:1` and `return:1@open`. */
  readonly optimum: Readonly<Record<'return:1' | 'return:1@open', Attainable>>
  /** Of each symbol and bar, the true E[next bar's return | this close]. 0 until the symbol has 20 bars. */
  readonly expectation: readonly Float64Array[]
}

const defaultBars = 1250
const names = ['open', 'high', 'low', 'close', 'volume', 'expectation'] as const
type Times = [Float64Array, Float64Array, Float64Array]

/**
 * @throws INVALID_VALUE for options.
 * @example simulatePanel({ symbols: 30, bars: 1250, strength: 0.1, seed: 1 }).optimum['return:1'].ic
 */
export function simulatePanel(options: SimulationOptions = {}): SimulatedPanel {
  const simulation = resolveSimulation(options)
  const feed = createSimulatedFeed(options)
  const count = barCount(simulation)
  const [openTime, closeTime, knownAt] = [0, 1, 2].map(() => new Float64Array(count)) as Times
  const columns = feed.symbols.map(() =>
    Object.fromEntries(names.map((name) => [name, new Float64Array(count)])),
  ) as Record<(typeof names)[number], Float64Array>[]
  for (let row = 0; row < count; row++) {
    const moment = feed.next()
    openTime[row] = moment.openTime
    closeTime[row] = moment.closeTime
    knownAt[row] = moment.knownAt
    for (const name of names) {
      const values = moment[name]
      for (let i = 0; i < columns.length; i++) columns[i]![name][row] = values[i]!
    }
  }
  const bars = feed.symbols.map((symbol, i) => {
    const { expectation: _, ...prices } = columns[i]!
    return createBars({
      symbol,
      timeframe: feed.timeframe,
      openTime,
      closeTime,
      knownAt,
      ...prices,
    })
  })
  const expectation = columns.map((one) => one.expectation)
  const optimum = attainable(bars, expectation)
  return Object.freeze({ instruments: feed.instruments, bars, optimum, expectation })
}

function barCount({ bars, to, from, calendar, timeframe }: Simulation): number {
  if (to === undefined) return bars ?? defaultBars
  return calendarFor(calendar).barTimes(timeframe, from, to).openTime.length
}
