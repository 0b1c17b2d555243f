/**
 * Raw rows to bars: impossible rows are refused, everything else is kept and reported. Nothing is repaired unless asked:
 *
 * - `sort` puts rows in order of time; without it, a row that lies before one already read is refused.
 * - `dedupe` keeps the last of several rows for one bar (files append corrections); without it, the first is kept.
 * - `clip-ohlc` widens low … high to hold open and close; without it, high below low is refused and the rest kept.
 */
import { QuorumError } from '../../core/errors.ts'
import { createBars, type Bars } from '../bars.ts'
import { formatInstant } from '../dates.ts'
import type { SeriesRows, SourceSeries } from '../sources/source.ts'
import { createFindingLog, type Finding, type FindingLog } from './findings.ts'
import { inspectBars, type InspectOptions } from './inspect.ts'

export const repairs = ['sort', 'dedupe', 'clip-ohlc'] as const
export type Repair = (typeof repairs)[number]

export interface CleanOptions extends InspectOptions {
  readonly repair?: readonly Repair[] | undefined
  readonly maxExamples?: number | undefined
}

export interface Cleaned {
  readonly bars: Bars
  readonly rowsRead: number
  readonly rowsRefused: number
  readonly findings: readonly Finding[]
}

/** Out-of-order rows beyond this share are no slip but the file's order (newest first): refusing them would store next to nothing. */
const disorderLimit = 0.5

/** @throws BAD_DATA where most rows are out of order and `sort` is not asked for. */
export function cleanSeries(series: SourceSeries, options: CleanOptions = {}): Cleaned {
  const { repair = [], maxExamples = 5 } = options
  const { rows } = series
  const log = createFindingLog({ maxExamples })
  const order = repair.includes('sort') ? sortRows(rows, log) : positions(rows.length)
  const clipped = checkPrices(series, repair.includes('clip-ohlc'), log)
  const kept = selectRows(series, order, clipped.possible, repair.includes('dedupe'), log)
  const bars = barsOf(series, clipped.rows, kept)
  inspectBars(
    bars,
    kept.map((row) => rows.line[row]!),
    series.instrument,
    log,
    options,
  )
  return {
    bars,
    rowsRead: rows.length,
    rowsRefused: rows.length - kept.length,
    findings: log.list(),
  }
}

/** A stable order by openTime; reports the rows that were not in it. */
function sortRows(rows: SeriesRows, log: FindingLog): Int32Array {
  let latest = -Infinity
  for (let row = 0; row < rows.length; row++) {
    if (rows.openTime[row]! < latest) reportDisorder(rows, row, latest, 'repaired', log)
    else latest = rows.openTime[row]!
  }
  return positions(rows.length).sort((a, b) => rows.openTime[a]! - rows.openTime[b]! || a - b)
}

function reportDisorder(
  rows: SeriesRows,
  row: number,
  latest: number,
  action: 'refused' | 'repaired',
  log: FindingLog,
): void {
  log.add('disorder', action, at(rows, row), () => `lies before ${formatInstant(latest)}`)
}

/** Refuses impossible values; with `clip`, answers rows whose high and low hold open and close. */
function checkPrices(
  { rows, instrument }: SourceSeries,
  clip: boolean,
  log: FindingLog,
): { possible: Uint8Array; rows: SeriesRows } {
  const possible = new Uint8Array(rows.length).fill(1)
  const high = clip ? rows.high.slice() : rows.high
  const low = clip ? rows.low.slice() : rows.low
  const { open, close, volume, openTime, closeTime, knownAt } = rows
  for (let row = 0; row < rows.length; row++) {
    const [o, h, l, c] = [open[row]!, high[row]!, low[row]!, close[row]!]
    const inOrder = openTime[row]! < closeTime[row]! && closeTime[row]! <= knownAt[row]!
    const inRange = l <= Math.min(o, c) && Math.max(o, c) <= h
    const known = Number.isFinite(o + h + l + c) && !(volume[row]! < 0)
    if (inOrder && inRange && known && (l > 0 || instrument.nonPositivePrices)) continue
    const shown = (): string => `open ${o}, high ${h}, low ${l}, close ${c}`
    const refuse = (kind: Parameters<FindingLog['add']>[0], detail: () => string): void => {
      possible[row] = 0
      log.add(kind, 'refused', at(rows, row), detail)
    }
    if (!inOrder) {
      refuse('bad-time', () =>
        [openTime, closeTime, knownAt].map((column) => formatInstant(column[row]!)).join(', '),
      )
    } else if (!Number.isFinite(o + h + l + c)) refuse('missing-price', shown)
    else if (!instrument.nonPositivePrices && Math.min(o, h, l, c) <= 0) {
      refuse('non-positive-price', shown)
    } else if (volume[row]! < 0) refuse('negative-volume', () => `volume ${volume[row]!}`)
    else if (clip && !inRange) {
      high[row] = Math.max(o, h, l, c)
      low[row] = Math.min(o, h, l, c)
      log.add(h < l ? 'high-below-low' : 'open-close-outside', 'repaired', at(rows, row), shown)
    } else if (h < l) refuse('high-below-low', shown)
    else if (!inRange) {
      log.add('open-close-outside', 'kept', at(rows, row), shown)
    }
  }
  return { possible, rows: { ...rows, high, low } }
}

/** Positions of the rows to keep, ascending in time: one row a bar, none before its predecessor. */
function selectRows(
  { source, rows }: SourceSeries,
  order: Int32Array,
  possible: Uint8Array,
  keepLast: boolean,
  log: FindingLog,
): Int32Array {
  const { openTime, closeTime } = rows
  const kept = new Int32Array(order.length)
  let count = 0
  let disorder = 0
  for (const row of order) {
    if (possible[row] === 0) continue
    const previous = count > 0 ? kept[count - 1]! : -1
    if (previous < 0 || openTime[row]! > openTime[previous]!) {
      if (previous >= 0 && closeTime[row]! <= closeTime[previous]!) {
        log.add('overlap', 'refused', at(rows, row), () => `ends ${formatInstant(closeTime[row]!)}`)
      } else kept[count++] = row
    } else if (openTime[row] === openTime[previous]) {
      const action = keepLast ? 'repaired' : 'refused'
      log.add('duplicate', action, at(rows, row), () => compareRows(rows, previous, row))
      if (keepLast) kept[count - 1] = row
    } else {
      disorder++
      reportDisorder(rows, row, openTime[previous]!, 'refused', log)
    }
  }
  if (disorder > disorderLimit * order.length) {
    const reason = `${disorder} of ${order.length} rows lie before one already read (newest first?); repair with sort`
    throw new QuorumError('BAD_DATA', { source, reason })
  }
  return kept.slice(0, count)
}

function compareRows(rows: SeriesRows, first: number, second: number): string {
  const names = ['open', 'high', 'low', 'close', 'volume'] as const
  const different = names.filter((name) => !Object.is(rows[name][first], rows[name][second]))
  const where = `row ${rows.line[first]!}`
  if (different.length === 0) return `equals ${where}`
  const shown = different.map((name) => `${name} ${rows[name][first]!} and ${rows[name][second]!}`)
  return `differs from ${where}: ${shown.join(', ')}`
}

function barsOf({ instrument, timeframe }: SourceSeries, rows: SeriesRows, kept: Int32Array): Bars {
  const take = (column: Float64Array): Float64Array => {
    const out = new Float64Array(kept.length)
    for (let i = 0; i < kept.length; i++) out[i] = column[kept[i]!]!
    return out
  }
  const { openTime, closeTime, open, high, low, close, volume, vwap, trades } = rows
  const knownAt = take(rows.knownAt)
  // A bar published late holds back its successors: no decision skips a bar that was not there yet.
  for (let i = 1; i < knownAt.length; i++) knownAt[i] = Math.max(knownAt[i]!, knownAt[i - 1]!)
  return createBars({
    ...{ symbol: instrument.symbol, timeframe, knownAt },
    ...{ openTime: take(openTime), closeTime: take(closeTime) },
    ...{ open: take(open), high: take(high), low: take(low), close: take(close) },
    ...{ volume: take(volume), vwap: take(vwap), trades: take(trades) },
  })
}

function at(rows: SeriesRows, row: number): { row: number; time: number } {
  return { row: rows.line[row]!, time: rows.openTime[row]! }
}

function positions(length: number): Int32Array {
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) out[i] = i
  return out
}
