/**
 * Source: where bars come from. An entry of the table in `sources/index.ts`; adding one is one file and one line there.
 * A source reads and places rows in time; it judges nothing. Judging is ingest's business, the same for every source.
 */
import type { z } from 'zod'
import { invalid } from '../../core/checks.ts'
import type { QuorumError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Instrument } from '../instrument.ts'

/** Rows in the order of the source; `line` says where each stands there. Missing numbers are NaN. */
export interface SeriesRows {
  readonly length: number
  /** 1-based line of a text file, row of anything else. */
  readonly line: Int32Array
  readonly openTime: Float64Array
  readonly closeTime: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
  readonly vwap: Float64Array
  readonly trades: Float64Array
  /** From the source, or close + the instrument's publication lag. */
  readonly knownAt: Float64Array
}

export interface SourceSeries {
  /** The file, or the source's name. */
  readonly source: string
  readonly instrument: Instrument
  readonly timeframe: string
  readonly rows: SeriesRows
}

/** Of many files one may be unreadable; the others are still worth having. */
export type SourceItem =
  | { readonly series: SourceSeries }
  | { readonly failed: { readonly source: string; readonly error: QuorumError } }

export interface SourceProgress {
  readonly source: string
  readonly rows: number
}

export interface SourceContext {
  readonly log: Log
  readonly signal?: AbortSignal | undefined
  /** What the store knows of a symbol: options override it, it overrides defaults. */
  knownInstrument(symbol: string): Promise<Instrument | undefined>
  onProgress?(progress: SourceProgress): void
}

export interface Source {
  readonly name: string
  readonly doc: string
  /** Strict schema: an unknown option is an error. */
  readonly options: z.ZodType
  /** @throws INVALID_VALUE for options the schema refuses. */
  read(options: unknown, context: SourceContext): AsyncIterable<SourceItem>
}

export function defineSource<Schema extends z.ZodType>(source: {
  readonly name: string
  readonly doc: string
  readonly options: Schema
  readonly read: (options: z.output<Schema>, context: SourceContext) => AsyncIterable<SourceItem>
}): Source {
  const { name, doc, options, read } = source
  return {
    name,
    doc,
    options,
    read: (given, context) => read(parseOptions(name, options, given), context),
  }
}

function parseOptions<Schema extends z.ZodType>(
  source: string,
  schema: Schema,
  given: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const at = issue.path.map(String)
  const value = at.reduce<unknown>(
    (held, key) => (held as Readonly<Record<string, unknown>> | undefined)?.[key],
    given,
  )
  throw invalid(`${source} option ${at.join('.') || 'names'}`, `valid (${issue.message})`, value)
}
