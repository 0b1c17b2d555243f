/** A simulated panel in one go: the feed stepped to the end, with what a perfect model would reach on it. */
import { createBars, type Bars } from '../bars.ts'
import { calendarFor } from '../calendar.ts'
import type { Instrument } from '../instrument.ts'
import { createSimulatedFeed, type SimulatedMoment } from './feed.ts'
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

/**
 * @throws INVALID_VALUE for options.
 * @example simulatePanel({ symbols: 30, bars: 1250, strength: 0.1, seed: 1 }).optimum['return:1'].ic
 */
export function simulatePanel(options: SimulationOptions = {}): SimulatedPanel {
  const simulation = resolveSimulation(options)
  const feed = createSimulatedFeed(options)
  const count = barCount(simulation)
  const moments = Array.from({ length: count }, () => feed.next())
  const bars = feed.symbols.map((symbol, i) => barsOf(symbol, feed.timeframe, moments, i))
  const expectation = feed.symbols.map((_, i) =>
    Float64Array.from(moments, (moment) => moment.expectation[i]!),
  )
  const optimum = attainable(bars, expectation)
  return Object.freeze({ instruments: feed.instruments, bars, optimum, expectation })
}

function barCount({ bars, to, from, calendar, timeframe }: Simulation): number {
  if (to === undefined) return bars ?? defaultBars
  return calendarFor(calendar).barTimes(timeframe, from, to).openTime.length
}

function barsOf(
  symbol: string,
  timeframe: string,
  moments: readonly SimulatedMoment[],
  index: number,
): Bars {
  const time = (pick: 'openTime' | 'closeTime' | 'knownAt'): Float64Array =>
    Float64Array.from(moments, (moment) => moment[pick])
  const value = (pick: 'open' | 'high' | 'low' | 'close' | 'volume'): Float64Array =>
    Float64Array.from(moments, (moment) => moment[pick][index]!)
  return createBars({
    ...{ symbol, timeframe, openTime: time('openTime') },
    ...{ closeTime: time('closeTime'), knownAt: time('knownAt') },
    ...{ open: value('open'), high: value('high'), low: value('low') },
    ...{ close: value('close'), volume: value('volume') },
  })
}
