/**
 * Ingest: a source's rows, judged and stored. Each symbol's rows appear in the store whole or not at all, and ingesting the
 * same rows again changes nothing. The report counts every row and every finding.
 */
import { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { asQuorumError, QuorumError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { cleanSeries, repairs, type CleanOptions, type Repair } from './quality/clean.ts'
import type { Finding } from './quality/findings.ts'
import { sourceFor } from './sources/index.ts'
import type { SourceProgress, SourceSeries } from './sources/source.ts'
import type { BarStore } from './store/bar-store.ts'

export interface IngestOptions extends Omit<CleanOptions, 'repair'> {
  /** Name of an entry of the table of sources. */
  readonly source: string
  /** The source's own options, checked by its schema. */
  readonly options?: unknown
  readonly store: BarStore
  readonly log: Log
  readonly clock: Clock
  readonly repair?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined
}

export interface IngestProgress extends SourceProgress {
  /** Set when a symbol has been stored. */
  readonly symbol?: string
}

export interface SymbolReport {
  readonly symbol: string
  readonly timeframe: string
  /** The file, or the source's name. */
  readonly source: string
  readonly rowsRead: number
  /** Rows accepted: they are in the store now. */
  readonly rowsStored: number
  /** Of those, rows the store did not have or had with other values. */
  readonly rowsWritten: number
  readonly rowsRefused: number
  /** openTime of the first and last accepted row; NaN where there is none. */
  readonly from: number
  readonly to: number
  readonly findings: readonly Finding[]
}

export interface IngestReport {
  readonly symbols: readonly SymbolReport[]
  /** Files of several that could not be read; nothing of them is stored. */
  readonly failed: readonly {
    readonly source: string
    readonly code: string
    readonly message: string
  }[]
  readonly elapsedMs: number
}

/** Symbols being stored at a time. */
const storingLanes = 4

const repairSchema = z.array(z.enum(repairs))

/**
 * @throws UNKNOWN_NAME for another source, INVALID_VALUE for options, BAD_DATA where nothing could be read: with several files
 *   or symbols, those that fail are listed in `failed` and the rest is stored.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { store, log, clock, signal, onProgress } = options
  const source = sourceFor(options.source)
  const repair = parseRepairs(options.repair)
  const started = clock.now()
  const failures: { source: string; error: QuorumError }[] = []
  const known = new Map((await store.instruments()).map((one) => [one.symbol, one]))
  const items = source.read(options.options, {
    log,
    signal,
    knownInstrument: (symbol) => Promise.resolve(known.get(symbol)),
    onProgress: (progress) => onProgress?.(progress),
  })
  const reports: (SymbolReport | undefined)[] = []
  const lanes = createLanes(storingLanes)
  try {
    for await (const item of items) {
      if (signal?.aborted) throw new QuorumError('CANCELLED', { what: `ingest of ${source.name}` })
      if ('failed' in item) {
        failures.push(item.failed)
        continue
      }
      const { series } = item
      const { symbol } = series.instrument
      const place = reports.push(undefined) - 1
      await lanes.start(symbol, async () => {
        try {
          const report = await storeSeries(series, { ...options, repair })
          known.set(symbol, series.instrument)
          reports[place] = report
          onProgress?.({ source: series.source, rows: report.rowsRead, symbol })
        } catch (error) {
          const failure = asQuorumError(error)
          if (failure.code !== 'BAD_DATA' && failure.code !== 'NO_ROWS') throw failure
          failures.push({ source: `${series.source} ${symbol}`, error: failure })
        }
      })
    }
  } finally {
    await lanes.finished()
  }
  const symbols = reports.filter((report) => report !== undefined)
  const first = failures[0]
  if (first && symbols.length === 0) throw first.error
  const failed = failures.map(({ source: name, error }) => {
    log.warn({ source: name, code: error.code }, error.message)
    return { source: name, code: error.code, message: error.message }
  })
  return { symbols, failed, elapsedMs: clock.now() - started }
}

async function storeSeries(
  series: SourceSeries,
  options: Omit<IngestOptions, 'repair'> & { readonly repair: readonly Repair[] },
): Promise<SymbolReport> {
  const { store } = options
  const { source, instrument, timeframe } = series
  const { bars, rowsRead, rowsRefused, findings } = cleanSeries(series, options)
  if (bars.length === 0) {
    const reason = `all ${rowsRead} rows were refused, the first because of ${findings[0]!.kind}: ${findings[0]!.first.detail}`
    throw new QuorumError('NO_ROWS', { source, reason })
  }
  await store.putInstrument(instrument)
  const { added, corrected } = await store.append(instrument.symbol, timeframe, bars)
  const { openTime } = bars.columns
  return {
    ...{ symbol: instrument.symbol, timeframe, source, rowsRead, rowsRefused },
    ...{ rowsStored: bars.length, rowsWritten: added + corrected },
    ...{ from: openTime[0]!, to: openTime[bars.length - 1]!, findings },
  }
}

interface Lanes {
  /** Starts work as soon as a lane is free and no other work with this key runs; rejects with an earlier failure. */
  start(key: string, work: () => Promise<void>): Promise<void>
  /** Waits for all work; rejects with the first failure. */
  finished(): Promise<void>
}

/** Storing waits for the disk most of the time; series of one symbol stay in the order of the source. */
function createLanes(count: number): Lanes {
  const running = new Map<string, Promise<void>>()
  let failure: unknown
  return {
    start: async (key, work) => {
      await running.get(key)
      while (running.size >= count) await Promise.race(running.values())
      if (failure !== undefined) throw failure as Error
      const done = work()
        .catch((error: unknown) => {
          failure ??= error
        })
        .finally(() => running.delete(key))
      running.set(key, done)
    },
    finished: async () => {
      await Promise.all(running.values())
      if (failure !== undefined) throw failure as Error
    },
  }
}

function parseRepairs(given: readonly string[] | undefined): readonly Repair[] {
  const parsed = repairSchema.safeParse(given ?? [])
  if (parsed.success) return parsed.data
  throw new QuorumError('INVALID_VALUE', {
    ...{ name: 'repair', expected: `some of ${repairs.join(', ')}` },
    ...{ value: JSON.stringify(given), remedy: '' },
  })
}
