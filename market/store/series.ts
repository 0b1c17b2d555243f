/** One symbol's bars of one timeframe on disk: parts by year, made visible by the commit log beside them. */
import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { QuorumError } from '../../core/errors.ts'
import { lowerBound } from '../../core/frame.ts'
import { createBars, sliceBars, takeBars, type Bars } from '../bars.ts'
import { ageOf, openCommitLog, type CommitLog, type Part, type SeriesState } from './commit-log.ts'
import { readParquet } from './parquet.ts'
import { writeParquet } from './table-writer.ts'
import {
  distinctVersions,
  storeColumns,
  storedColumns,
  storedRows,
  visibleBars,
  type StoredRows,
} from './versions.ts'

/** Parts beyond one a year at which an append compacts: a live session adds one part a bar. */
const looseParts = 64
/** A file no commit names is a killed writer's once it is this old; a younger one may be about to be committed. */
const orphanAgeMs = 3_600_000

export interface Series {
  state(): Promise<SeriesState>
  changedSince(sequence: number): Promise<number>
  /** Rows that open at or after `from` and close at or before `to`, as known at `asOf`. */
  read(from: number, to: number, asOf: number): Promise<Bars>
  append(bars: Bars): Promise<AppendResult>
  compact(): Promise<void>
}

export interface AppendResult {
  /** Bars the series did not have. */
  readonly added: number
  /** Bars it had with other values; the earlier version stays visible to earlier as-of reads. */
  readonly corrected: number
  /** Bars it had, equal to the last bit. */
  readonly unchanged: number
}

export function openSeries(
  folder: string,
  symbol: string,
  timeframe: string,
  clock: Clock,
): Series {
  const log = openCommitLog(folder, symbol, timeframe, clock)
  const select = Object.fromEntries(storedColumns.map((name) => [name, name]))

  const readParts = async (parts: readonly Part[], where = ''): Promise<StoredRows> => {
    if (parts.length === 0) return storeColumns(emptyBars(symbol, timeframe), 0, 0)
    const paths = parts.map(({ path }) => join(folder, path))
    return storedRows(await readParquet(paths, select, { where }))
  }

  const read = async (from: number, to: number, asOf: number): Promise<Bars> => {
    // By openTime alone: all versions of a bar share it, while a correction may close at another time.
    const where = [
      ...(from > -Infinity ? [`openTime >= ${from}`] : []),
      ...(to < Infinity ? [`openTime < ${to}`] : []),
    ].join(' AND ')
    const bars = await consistently(log, folder, async ({ parts }) => {
      const wanted = parts.filter(({ first, last }) => last >= from && first < to)
      return visibleBars(symbol, timeframe, await readParts(wanted, where), asOf)
    })
    return sliceBars(bars, 0, lowerBound(bars.time, to + 1))
  }

  /** Writes rows as one part a year; the rows ascend by openTime. */
  const writeParts = async (rows: StoredRows, sequence: number): Promise<Part[]> => {
    const parts: Part[] = []
    for (const { year, from, to } of yearsOf(rows.openTime)) {
      const name = `part-${String(sequence).padStart(8, '0')}-${randomUUID().slice(0, 8)}.parquet`
      const path = `${String(year).padStart(4, '0')}/${name}`
      const slice = Object.fromEntries(storedColumns.map((c) => [c, rows[c].subarray(from, to)]))
      await writeParquet(join(folder, path), slice)
      parts.push({
        path,
        rows: to - from,
        first: rows.openTime[from]!,
        last: rows.openTime[to - 1]!,
      })
    }
    return parts
  }

  const deleteParts = (parts: readonly Part[]): Promise<unknown> =>
    Promise.all(parts.map(({ path }) => rm(join(folder, path), { force: true })))

  const append = async (bars: Bars): Promise<AppendResult> => {
    for (;;) {
      const state = await log.state()
      const { changed, result } = await compare(bars, read)
      if (changed.length === 0) return result
      const next = state.sequence + 1
      const ingestedAt = clock.now()
      const parts = await writeParts(storeColumns(changed, next, ingestedAt), next)
      const commit = { ingestedAt, added: result.added, compaction: false, parts }
      if (await log.publish(commit, state)) return result
      // Another writer came first: what is new and what is a correction may have changed.
      await deleteParts(parts)
    }
  }

  /** Whether the years with several parts now have one each; false where another writer came first. */
  const merge = async (state: SeriesState, crowded: ReadonlySet<string>): Promise<boolean> => {
    const { sequence, parts, rows } = state
    const old = parts.filter((part) => crowded.has(yearOf(part)))
    const merged: Part[] = []
    for (const year of crowded) {
      const all = await readParts(old.filter((part) => yearOf(part) === year))
      merged.push(...(await writeParts(distinctVersions(all), sequence + 1)))
    }
    const kept = parts.filter((part) => !crowded.has(yearOf(part)))
    const commit = { ingestedAt: clock.now(), added: rows, compaction: true }
    const published = await log.publish({ ...commit, parts: [...kept, ...merged] }, state)
    await deleteParts(published ? old : merged)
    return published
  }

  const compact = async (): Promise<void> => {
    for (;;) {
      const merged = await consistently(log, folder, async (state) => {
        const crowded = crowdedYears(state.parts)
        return crowded.size === 0 || merge(state, crowded)
      })
      if (!merged) continue
      await log.forget()
      await sweep(folder, (await log.state()).parts, clock)
      return
    }
  }

  return {
    state: () => log.state(),
    changedSince: (sequence) => log.changedSince(sequence),
    read,
    append: async (bars) => {
      const result = await append(bars)
      const { parts } = await log.state()
      if (parts.length - new Set(parts.map(yearOf)).size > looseParts) await compact()
      return result
    },
    compact,
  }
}

/** Reads under one state; a file that a compaction deleted meanwhile means a newer state, which is then read. */
async function consistently<T>(
  log: CommitLog,
  folder: string,
  use: (state: SeriesState) => Promise<T>,
): Promise<T> {
  let state = await log.state()
  for (;;) {
    try {
      return await use(state)
    } catch (cause) {
      if (cause instanceof QuorumError) throw cause
      const newer = await log.state()
      if (newer.sequence === state.sequence) {
        const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
        throw new QuorumError('INTEGRITY', { subject: folder, reason }, { cause })
      }
      state = newer
    }
  }
}

/** Splits bars into those the series lacks or has otherwise, and those it has to the bit. */
async function compare(
  bars: Bars,
  read: Series['read'],
): Promise<{ changed: Bars; result: AppendResult }> {
  const first = bars.columns.openTime[0]
  if (first === undefined) {
    return { changed: bars, result: { added: 0, corrected: 0, unchanged: 0 } }
  }
  // A stored version may close later than the one now given (a half day corrected), hence no upper bound on the close.
  const known = await read(first, Infinity, Infinity)
  const rows: number[] = []
  let added = 0
  let at = 0
  for (let row = 0; row < bars.length; row++) {
    const open = bars.columns.openTime[row]!
    while (at < known.length && known.columns.openTime[at]! < open) at++
    const stored = at < known.length && known.columns.openTime[at] === open
    if (!stored) added++
    if (!stored || !sameRow(bars, row, known, at)) rows.push(row)
  }
  return {
    changed: takeBars(bars, Int32Array.from(rows)),
    result: { added, corrected: rows.length - added, unchanged: bars.length - rows.length },
  }
}

const comparedColumns = [
  ...['open', 'high', 'low', 'close', 'volume', 'knownAt', 'vwap', 'trades'],
] as const

function sameRow(a: Bars, rowA: number, b: Bars, rowB: number): boolean {
  if (a.time[rowA] !== b.time[rowB]) return false
  const [columnsA, columnsB] = [a.columns, b.columns] as const
  return comparedColumns.every((name) => {
    const key = name as keyof typeof columnsA
    return Object.is(columnsA[key]?.[rowA] ?? NaN, columnsB[key]?.[rowB] ?? NaN)
  })
}

function yearsOf(openTime: Float64Array): { year: number; from: number; to: number }[] {
  const years: { year: number; from: number; to: number }[] = []
  for (let row = 0; row < openTime.length;) {
    const year = new Date(openTime[row]!).getUTCFullYear()
    const end = Date.UTC(year + 1, 0, 1)
    let to = row + 1
    while (to < openTime.length && openTime[to]! < end) to++
    years.push({ year, from: row, to })
    row = to
  }
  return years
}

function yearOf(part: Part): string {
  return part.path.slice(0, part.path.indexOf('/'))
}

function crowdedYears(parts: readonly Part[]): Set<string> {
  const years = parts.map(yearOf)
  return new Set(years.filter((year, index) => years.indexOf(year) !== index))
}

/** Deletes files that no commit names and that are too old to be about to get one. */
async function sweep(folder: string, live: readonly Part[], clock: Clock): Promise<void> {
  const named = new Set(live.map(({ path }) => path))
  for (const year of await readdir(folder)) {
    if (!/^\d{4}$/.test(year)) continue
    for (const name of await readdir(join(folder, year))) {
      const path = `${year}/${name}`
      if (named.has(path)) continue
      const age = await ageOf(join(folder, path), clock)
      if (age > orphanAgeMs) await rm(join(folder, path), { force: true })
    }
  }
}

function emptyBars(symbol: string, timeframe: string): Bars {
  const none = new Float64Array(0)
  return createBars({
    ...{ symbol, timeframe, openTime: none, closeTime: none },
    ...{ open: none, high: none, low: none, close: none, volume: none },
  })
}
