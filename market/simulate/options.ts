/** What a simulation is made of. Every option but `symbols`, `to` and `bars` shapes the numbers themselves. */
import { z } from 'zod'
import { invalid } from '../../core/checks.ts'
import { calendarFor, calendarNames } from '../calendar.ts'
import { sessionBars } from '../calendars/session-calendar.ts'
import { parseDate } from '../dates.ts'
import { createInstrument, type Instrument } from '../instrument.ts'
import { isTimeframe } from '../timeframe.ts'

const share = z.number().min(0).max(0.9)

export const simulationSchema = z.strictObject({
  /** How many (SIM001, SIM002, …), or their names. Adding one changes no other. */
  symbols: z
    .union([z.number().int().min(1).max(5000), z.array(z.string().min(1)).min(1)])
    .default(30),
  sectors: z.number().int().min(1).default(6),
  /** First date; the first session on or after it is the first bar. */
  from: z.string().default('2015-01-02'),
  /** Last date, included. Give this or `bars`. */
  to: z.string().optional(),
  /** Bars a symbol; 1,250 where neither this nor `to` is given. */
  bars: z.number().int().min(1).optional(),
  /** Share of the planted signal in the deviation of an intraday move: 0 is a martingale. About the attainable IC. */
  strength: z.number().min(0).max(0.95).default(0.1),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  timeframe: z.string().refine(isTimeframe, 'use 1s … 12h or 1d').default('1d'),
  calendar: z.enum(calendarNames).default('XNYS'),
  startPrice: z.number().positive().default(100),
  /** Deviation of the open-to-close log return of a session. */
  volatility: z.number().min(1e-5).max(0.2).default(0.015),
  /** Deviation of the log volatility between symbols. */
  volatilitySpread: z.number().min(0).max(1).default(0.1),
  /** Deviation of the gap before each bar, as a share of the bar's own. */
  gapShare: z.number().min(0).max(2).default(0.2),
  /** Shares of the noise's variance that all symbols, and those of a sector, have in common. */
  marketShare: share.default(0.1),
  sectorShare: share.default(0.1),
  publicationLagMs: z.number().int().min(0).default(0),
})

export type SimulationOptions = z.input<typeof simulationSchema>

export interface Simulation extends Omit<z.output<typeof simulationSchema>, 'symbols'> {
  readonly symbols: readonly string[]
  /** Deviation of a bar's open-to-close log return. */
  readonly sigma: number
  readonly instruments: readonly Instrument[]
}

/** @throws INVALID_VALUE naming the option. */
export function resolveSimulation(given: SimulationOptions): Simulation {
  const parsed = simulationSchema.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const name = issue.path.map(String).join('.') || 'options'
    const value = (given as Readonly<Record<string, unknown>>)[name]
    throw invalid(`simulate option ${name}`, `valid (${issue.message})`, value)
  }
  const options = parsed.data
  parseDate(options.from, 'from')
  if (options.to !== undefined) parseDate(options.to, 'to')
  if (options.to !== undefined && options.bars !== undefined) {
    throw invalid('simulate options to and bars', 'given one at a time', options.bars)
  }
  if (options.marketShare + options.sectorShare >= 1) {
    throw invalid('marketShare + sectorShare', 'below 1', options.marketShare + options.sectorShare)
  }
  const symbols = symbolNames(options.symbols)
  const calendar = calendarFor(options.calendar)
  // A full session's bars: the first week of 2024 has no half day in any calendar.
  const perSession = [...sessionBars(calendar.session('2024-01-04'), options.timeframe)].length
  const instruments = symbols.map((symbol, index) =>
    createInstrument({
      symbol,
      name: `Simulated ${symbol}`,
      assetClass: 'simulated',
      calendar: options.calendar,
      group: `Sector ${(index % options.sectors) + 1}`,
      publicationLagMs: options.publicationLagMs,
    }),
  )
  const sigma = options.volatility / Math.sqrt(perSession)
  return Object.freeze({ ...options, symbols, sigma, instruments })
}

function symbolNames(symbols: number | readonly string[]): readonly string[] {
  if (typeof symbols === 'number') {
    return Array.from({ length: symbols }, (_, i) => `SIM${String(i + 1).padStart(3, '0')}`)
  }
  if (new Set(symbols).size < symbols.length) {
    throw invalid('simulate option symbols', 'distinct', symbols)
  }
  return symbols
}
