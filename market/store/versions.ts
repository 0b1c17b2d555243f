/**
 * Versions of a bar: every stored row carries the number of the commit that brought it and when that was. The first version of
 * a bar counts as known at its own `knownAt` (a history bought today was public then); a correction only from when it was
 * ingested, so that an as-of read never shows what was corrected later.
 */
import { createBars, type Bars } from '../bars.ts'
import type { Table } from './parquet.ts'

export const storedColumns = [
  ...['openTime', 'closeTime', 'open', 'high', 'low', 'close', 'volume'],
  ...['vwap', 'trades', 'knownAt', 'sequence', 'ingestedAt'],
] as const

export type StoredRows = Readonly<Record<(typeof storedColumns)[number], Float64Array>>

export function storedRows(table: Table): StoredRows {
  return table.columns as unknown as StoredRows
}

export function storeColumns(bars: Bars, sequence: number, ingestedAt: number): StoredRows {
  const constant = (value: number): Float64Array => new Float64Array(bars.length).fill(value)
  return {
    ...bars.columns,
    closeTime: bars.time,
    vwap: bars.columns.vwap ?? constant(NaN),
    trades: bars.columns.trades ?? constant(NaN),
    sequence: constant(sequence),
    ingestedAt: constant(ingestedAt),
  }
}

/** Row order by openTime, then version; undefined when the rows are already strictly ascending. */
export function versionOrder({ openTime, sequence }: StoredRows): Int32Array | undefined {
  let ascending = true
  for (let row = 1; row < openTime.length && ascending; row++) {
    ascending = openTime[row]! > openTime[row - 1]!
  }
  if (ascending) return undefined
  return Int32Array.from(openTime.keys()).sort(
    (a, b) => openTime[a]! - openTime[b]! || sequence[a]! - sequence[b]!,
  )
}

export function takeRows(rows: StoredRows, order: Int32Array): StoredRows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, column]) => {
      const out = new Float64Array(order.length)
      for (let i = 0; i < order.length; i++) out[i] = column[order[i]!]!
      return [name, out]
    }),
  ) as unknown as StoredRows
}

/** Rows without repetitions of one version (a series read in the middle of its compaction holds some). */
export function distinctVersions(rows: StoredRows): StoredRows {
  const order = versionOrder(rows)
  if (!order) return rows
  const { openTime, sequence } = rows
  return takeRows(
    rows,
    order.filter((row, i) => {
      const previous = order[i - 1]
      return (
        previous === undefined ||
        openTime[previous] !== openTime[row] ||
        sequence[previous] !== sequence[row]
      )
    }),
  )
}

/** The bars as known at `asOf`: of each bar the newest version visible then. */
export function visibleBars(
  symbol: string,
  timeframe: string,
  stored: StoredRows,
  asOf: number,
): Bars {
  const rows = distinctVersions(stored)
  const { openTime, knownAt, ingestedAt } = rows
  const visible: number[] = []
  for (let start = 0; start < openTime.length;) {
    let end = start + 1
    while (end < openTime.length && openTime[end] === openTime[start]) end++
    for (let row = end - 1; row >= start; row--) {
      const since = row === start ? knownAt[row]! : Math.max(knownAt[row]!, ingestedAt[row]!)
      if (since <= asOf) {
        visible.push(row)
        break
      }
    }
    start = end
  }
  const taken = visible.length === openTime.length ? rows : takeRows(rows, Int32Array.from(visible))
  return createBars({ ...taken, symbol, timeframe, knownAt: ascending(taken.knownAt) })
}

/**
 * A row is not used before its predecessor is known. Within one ingest that holds; a publication lag changed between two
 * ingests may break it.
 */
function ascending(knownAt: Float64Array): Float64Array {
  let out = knownAt
  for (let row = 1; row < knownAt.length; row++) {
    if (out[row]! >= out[row - 1]!) continue
    if (out === knownAt) out = knownAt.slice()
    out[row] = out[row - 1]!
  }
  return out
}
