/**
 * The bar store: `bars/{timeframe}/{symbol}/{year}/part-*.parquet` below one folder, and `instruments.json` beside it. Parts
 * never change. An append appears whole or not at all, even to a reader in another process and after a kill at any instant;
 * several processes may append at once.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { check, unknownName } from '../../core/checks.ts'
import type { Clock } from '../../core/clock.ts'
import { QuorumError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Bars } from '../bars.ts'
import type { Instrument } from '../instrument.ts'
import { startOfDate } from '../time-zone.ts'
import { isTimeframe, timeframeMs } from '../timeframe.ts'
import { openInstrumentsFile } from './instruments-file.ts'
import { openSeries, type AppendResult, type Series } from './series.ts'
import { pathToSymbol, symbolToPath } from './symbol-path.ts'

export interface ReadOptions {
  readonly symbols: readonly string[]
  readonly timeframe: string
  /** 'YYYY-MM-DD' in the instrument's zone, or milliseconds: bars that open at or after it. */
  readonly from?: string | number | undefined
  /** 'YYYY-MM-DD' in the instrument's zone, that day included, or milliseconds: bars that close at or before it. */
  readonly to?: string | number | undefined
  /** Only what was known at this instant: bars known by then, without corrections ingested later. */
  readonly asOf?: number | undefined
}

export interface Coverage {
  readonly symbol: string
  readonly timeframe: string
  /** openTime of the first and of the last bar. */
  readonly first: number
  readonly last: number
  readonly rows: number
  /** Grows with every append, corrections included. */
  readonly sequence: number
}

export interface BarStore {
  readonly folder: string
  /** Symbols with bars (of the timeframe, if given), ascending. */
  symbols(timeframe?: string): Promise<string[]>
  /** Instruments by symbol, ascending; one may not have bars yet. */
  instruments(): Promise<readonly Instrument[]>
  /** @throws UNKNOWN_NAME */
  instrument(symbol: string): Promise<Instrument>
  /** Adds or replaces an instrument; the timeframes already stored for it are kept. */
  putInstrument(instrument: Instrument): Promise<void>
  /** One entry a timeframe, ascending; empty for a symbol without bars. */
  coverage(symbol: string): Promise<Coverage[]>
  /**
   * Least openTime of the bars that appends after `sequence` (of a coverage) added or corrected: no bar before it is another
   * now. Infinity where there was none, −Infinity where that is not known any more.
   */
  changedSince(symbol: string, timeframe: string, sequence: number): Promise<number>
  /**
   * Stores the bars that are new or differ; equal ones change nothing. The instrument must be known.
   *
   * @throws UNKNOWN_NAME for a symbol without instrument, INVALID_VALUE for bars of another symbol or timeframe.
   */
  append(symbol: string, timeframe: string, bars: Bars): Promise<AppendResult>
  /**
   * Bars of each symbol, in the order asked for; empty bars where the range holds none.
   *
   * @throws UNKNOWN_NAME for a symbol or timeframe without any bars, INVALID_VALUE for `from` after `to`.
   */
  read(options: ReadOptions): Promise<Bars[]>
  /** Merges parts, one symbol's or all; changes no answer of any read. */
  compact(symbol?: string): Promise<void>
}

export function openBarStore({
  folder,
  clock,
  log,
}: {
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}): BarStore {
  const root = join(folder, 'bars')
  const instruments = openInstrumentsFile(folder, clock)
  const open = new Map<string, Series>()

  const series = (symbol: string, timeframe: string): Series => {
    timeframeMs(timeframe)
    const path = join(root, timeframe, symbolToPath(symbol))
    let one = open.get(path)
    if (!one) {
      one = openSeries(path, symbol, timeframe, clock)
      open.set(path, one)
    }
    return one
  }

  const symbolsOf = async (timeframe: string): Promise<string[]> => {
    const names = (await list(join(root, timeframe))).map(pathToSymbol)
    const present = await Promise.all(
      names.map(async (symbol) => (await series(symbol, timeframe).state()).parts.length > 0),
    )
    return names.filter((_, index) => present[index]).sort()
  }

  const timeframes = async (): Promise<string[]> =>
    (await list(root)).filter(isTimeframe).sort((a, b) => timeframeMs(a) - timeframeMs(b))

  const coverage = async (symbol: string): Promise<Coverage[]> => {
    const found: Coverage[] = []
    for (const timeframe of await timeframes()) {
      const { parts, rows, sequence } = await series(symbol, timeframe).state()
      if (parts.length === 0) continue
      const first = Math.min(...parts.map((part) => part.first))
      const last = Math.max(...parts.map((part) => part.last))
      found.push({ symbol, timeframe, first, last, rows, sequence })
    }
    return found
  }

  const readOne = async (symbol: string, options: ReadOptions): Promise<Bars> => {
    const { timeframe, asOf = Infinity } = options
    const one = series(symbol, timeframe)
    if ((await one.state()).parts.length === 0) {
      const stored = (await coverage(symbol)).map((entry) => entry.timeframe)
      if (stored.length > 0) throw unknownName(`timeframe of ${symbol}`, timeframe, stored)
      throw unknownName('symbol', symbol, await symbolsOf(timeframe))
    }
    const needsZone = typeof options.from === 'string' || typeof options.to === 'string'
    const zone = needsZone ? (await instruments.get(symbol)).timeZone : 'UTC'
    const from = startOf(options.from, zone)
    const to = endOf(options.to, zone)
    // Two dates that follow each other backwards meet at one midnight, hence the < for dates.
    const backwards = typeof options.to === 'string' ? from >= to : from > to
    check(!backwards, 'from', `not after to (${String(options.to)})`, options.from)
    return one.read(from, to, asOf)
  }

  return {
    folder,
    symbols: async (timeframe) => {
      const wanted = timeframe === undefined ? await timeframes() : [timeframe]
      const found = await Promise.all(wanted.map(symbolsOf))
      return [...new Set(found.flat())].sort()
    },
    instruments: () => instruments.list(),
    instrument: (symbol) => instruments.get(symbol),
    putInstrument: (instrument) =>
      instruments.update(instrument.symbol, (known) =>
        known?.timeframes ? { ...instrument, timeframes: known.timeframes } : instrument,
      ),
    coverage,
    changedSince: (symbol, timeframe, sequence) => series(symbol, timeframe).changedSince(sequence),
    append: async (symbol, timeframe, bars) => {
      check(bars.symbol === symbol, 'symbol of the bars', symbol, bars.symbol)
      check(bars.timeframe === timeframe, 'timeframe of the bars', timeframe, bars.timeframe)
      const instrument = await instruments.get(symbol)
      const result = await series(symbol, timeframe)
        .append(bars)
        .catch((error: unknown) => {
          throw unwritable(folder, error)
        })
      await instruments.update(symbol, (known) => withTimeframe(known ?? instrument, timeframe))
      log.debug({ symbol, timeframe, ...result }, 'bars appended')
      return result
    },
    read: (options) => inTurns(options.symbols, (symbol) => readOne(symbol, options)),
    compact: async (symbol) => {
      for (const timeframe of await timeframes()) {
        const stored = await symbolsOf(timeframe)
        for (const one of stored.filter((name) => symbol === undefined || name === symbol)) {
          await series(one, timeframe).compact()
        }
      }
    },
  }
}

function startOf(date: string | number | undefined, zone: string): number {
  if (date === undefined) return -Infinity
  return typeof date === 'number' ? date : startOfDate(date, zone, { name: 'from' })
}

function endOf(date: string | number | undefined, zone: string): number {
  if (date === undefined) return Infinity
  return typeof date === 'number' ? date : startOfDate(date, zone, { name: 'to', days: 1 })
}

function withTimeframe(instrument: Instrument, timeframe: string): Instrument {
  const known = instrument.timeframes ?? []
  if (known.includes(timeframe)) return instrument
  const timeframes = [...known, timeframe].sort((a, b) => timeframeMs(a) - timeframeMs(b))
  return { ...instrument, timeframes }
}

/** Four reads at a time: enough to keep the reader's threads busy without holding every file open. */
async function inTurns<T, U>(items: readonly T[], use: (item: T) => Promise<U>): Promise<U[]> {
  const results = new Array<U>(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await use(items[index]!)
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  return results
}

async function list(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function unwritable(folder: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== 'EACCES' && code !== 'EROFS' && code !== 'ENOSPC') return error
  const reason = (error as Error).message
  return new QuorumError('FOLDER_UNWRITABLE', { path: folder, reason }, { cause: error })
}
