/**
 * A simulated market as an endless feed: each call gives the next bar of every symbol. Its state is small JSON; a feed restored
 * from it, and a panel simulated in one go, give the same numbers to the bit.
 */
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { invalid } from '../../core/checks.ts'
import { createRng } from '../../core/rng.ts'
import { createBars, type Bars } from '../bars.ts'
import { calendarFor } from '../calendar.ts'
import { sessionBars } from '../calendars/session-calendar.ts'
import type { Instrument } from '../instrument.ts'
import { createDraws } from './draws.ts'
import { resolveSimulation, type Simulation, type SimulationOptions } from './options.ts'
import { normalise } from './pilot.ts'
import { createProcess, newState, type ProcessBar } from './process.ts'

/** One bar of every symbol; arrays are in the order of the feed's symbols and are the caller's to keep. */
export interface SimulatedMoment {
  readonly openTime: number
  readonly closeTime: number
  readonly knownAt: number
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
  /** E[return of the next bar | this close]: what a perfect model would predict. Not part of the market data. */
  readonly expectation: Float64Array
}

const stateSchema = z.strictObject({
  /** Of the options that shape the numbers: a state continues only the simulation it came from. */
  fingerprint: z.string(),
  /** Bars given so far. */
  index: z.number().int().min(0),
  /** Session of the next bar, and its place there. */
  date: z.string(),
  place: z.number().int().min(0),
  symbols: z.record(
    z.string(),
    z.strictObject({
      closes: z.array(z.number()),
      volumes: z.array(z.number()),
      logVolume: z.number(),
    }),
  ),
})

export type SimulatedFeedState = z.infer<typeof stateSchema>

export interface SimulatedFeed {
  readonly symbols: readonly string[]
  readonly instruments: readonly Instrument[]
  readonly timeframe: string
  next(): SimulatedMoment
  /** JSON that `createSimulatedFeed` continues from. */
  snapshot(): SimulatedFeedState
}

/** @throws INVALID_VALUE for options, or for a state of another simulation. */
export function createSimulatedFeed(
  options: SimulationOptions,
  state?: SimulatedFeedState,
): SimulatedFeed {
  const simulation = resolveSimulation(options)
  const fingerprint = fingerprintOf(simulation)
  const restored = state && checkState(state, fingerprint, simulation)
  const rng = createRng(simulation.seed).stream('simulate')
  const calendar = calendarFor(simulation.calendar)
  const normalisation = normalise(simulation)
  const processes = simulation.symbols.map((symbol) => {
    const kept = restored?.symbols[symbol]
    const own = kept ? structuredClone(kept) : newState()
    return createProcess(simulation, normalisation, rng.stream(`symbol/${symbol}`), own)
  })
  const market = createDraws(rng.stream('market'))
  const sectors = Array.from({ length: simulation.sectors }, (_, i) =>
    createDraws(rng.stream(`sector/${i}`)),
  )
  const pair = new Float64Array(2)
  const first = (draws: { normals(t: number, out: Float64Array): void }, t: number): number => {
    draws.normals(t, pair)
    return pair[0]!
  }
  const bar: ProcessBar = { open: 0, high: 0, low: 0, close: 0, volume: 0, expectation: 0 }
  const barsOn = (date: string): [number, number][] => [
    ...sessionBars(calendar.session(date), simulation.timeframe),
  ]

  let index = restored?.index ?? 0
  let date = restored?.date ?? firstSession(simulation)
  let place = restored?.place ?? 0
  let session = barsOn(date)

  return {
    symbols: simulation.symbols,
    instruments: simulation.instruments,
    timeframe: simulation.timeframe,
    next: () => {
      if (place === session.length) {
        date = calendar.nextSession(date)
        place = 0
        session = barsOn(date)
      }
      const [openTime, closeTime] = session[place]!
      const moment = emptyMoment(simulation, openTime, closeTime)
      const marketNormal = first(market, index)
      const sectorNormals = sectors.map((draws) => first(draws, index))
      for (const [i, process] of processes.entries()) {
        process.step(index, marketNormal, sectorNormals[i % sectors.length]!, bar)
        moment.open[i] = bar.open
        moment.high[i] = bar.high
        moment.low[i] = bar.low
        moment.close[i] = bar.close
        moment.volume[i] = bar.volume
        moment.expectation[i] = bar.expectation
      }
      index++
      place++
      return moment
    },
    snapshot: () => ({
      ...{ fingerprint, index, date, place },
      symbols: Object.fromEntries(
        processes.map((process, i) => [simulation.symbols[i]!, structuredClone(process.state)]),
      ),
    }),
  }
}

/** A moment as bars of one row each, in the order of the feed's symbols. */
export function barsOfMoment(feed: SimulatedFeed, moment: SimulatedMoment): Bars[] {
  const one = (value: number): Float64Array => Float64Array.of(value)
  return feed.symbols.map((symbol, i) =>
    createBars({
      ...{ symbol, timeframe: feed.timeframe, knownAt: one(moment.knownAt) },
      ...{ openTime: one(moment.openTime), closeTime: one(moment.closeTime) },
      ...{ open: one(moment.open[i]!), high: one(moment.high[i]!), low: one(moment.low[i]!) },
      ...{ close: one(moment.close[i]!), volume: one(moment.volume[i]!) },
    }),
  )
}

function firstSession({ calendar, from }: Simulation): string {
  const market = calendarFor(calendar)
  return market.isSession(from) ? from : market.nextSession(from)
}

/** Symbols, `to` and `bars` do not shape the numbers and stay out. */
function fingerprintOf(simulation: Simulation): string {
  const { sectors, from, strength, seed, timeframe, calendar, startPrice } = simulation
  const { volatility, volatilitySpread, gapShare, marketShare, sectorShare } = simulation
  return sha256(
    canonicalJson({
      ...{ sectors, from, strength, seed, timeframe, calendar, startPrice },
      ...{ volatility, volatilitySpread, gapShare, marketShare, sectorShare },
    }),
  )
}

function checkState(
  state: SimulatedFeedState,
  fingerprint: string,
  { symbols }: Simulation,
): SimulatedFeedState {
  const parsed = stateSchema.safeParse(state)
  if (!parsed.success) throw invalid('feed state', 'a snapshot of this feed', state)
  if (parsed.data.fingerprint !== fingerprint) {
    throw invalid('feed state', 'of a simulation with the same options', parsed.data.fingerprint)
  }
  const missing = symbols.find((symbol) => !(symbol in parsed.data.symbols))
  if (missing !== undefined) throw invalid('feed state', 'one that holds every symbol', missing)
  return parsed.data
}

function emptyMoment(
  { symbols, publicationLagMs }: Simulation,
  openTime: number,
  closeTime: number,
): SimulatedMoment {
  const column = (): Float64Array => new Float64Array(symbols.length)
  return {
    ...{ openTime, closeTime, knownAt: closeTime + publicationLagMs },
    ...{ open: column(), high: column(), low: column(), close: column() },
    ...{ volume: column(), expectation: column() },
  }
}
