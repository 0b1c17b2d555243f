/**
 * Bars: the frame of one symbol and timeframe. `time` is `closeTime` (exclusive: the first instant after the bar), `openTime`
 * is inclusive, `knownAt` is when the row could first have been known (close + publication lag). All times are milliseconds
 * since the epoch, UTC; prices are in the instrument's currency.
 *
 * Prices are always finite. A missing volume, vwap or trade count is NaN; a `vwap` or `trades` column with no number in it is
 * left out. High and low need not contain open and close: real tapes break that, and ingest has reported it.
 */
import { QuorumError } from '../core/errors.ts'
import { lowerBound, type Frame } from '../core/frame.ts'
import { timeframeMs } from './timeframe.ts'

export const barColumns = ['openTime', 'open', 'high', 'low', 'close', 'volume', 'knownAt'] as const
export const optionalBarColumns = ['vwap', 'trades'] as const

type Required = (typeof barColumns)[number]
type Optional = (typeof optionalBarColumns)[number]

export type BarColumns = Readonly<Record<Required, Float64Array>> &
  Readonly<Partial<Record<Optional, Float64Array>>>

export interface Bars extends Frame {
  readonly symbol: string
  readonly timeframe: string
  readonly columns: BarColumns
}

/** What `createBars` takes; `knownAt` defaults to the close. */
export type BarsInput = Omit<BarColumns, 'knownAt'> & {
  readonly symbol: string
  readonly timeframe: string
  readonly closeTime: Float64Array
  readonly knownAt?: Float64Array
}

/**
 * Checks and freezes; the columns are kept, not copied.
 *
 * @throws BAD_DATA naming the row: columns of unequal length, times that do not ascend, a bar that ends before it begins, a
 *   price that is not finite, a negative volume, high below low, knownAt before the close or descending.
 */
export function createBars(input: BarsInput): Bars {
  const { symbol, timeframe, closeTime } = input
  timeframeMs(timeframe)
  const columns = pickColumns(input)
  const fail = (reason: string): QuorumError =>
    new QuorumError('BAD_DATA', { source: `bars ${symbol} ${timeframe}`, reason })
  for (const [name, column] of Object.entries(columns)) {
    if (column.length !== closeTime.length) {
      throw fail(`column ${name} has ${column.length} rows, closeTime has ${closeTime.length}`)
    }
  }
  const { openTime, open, high, low, close, volume, knownAt } = columns
  for (let row = 0; row < closeTime.length; row++) {
    if (!(openTime[row]! < closeTime[row]!)) {
      throw fail(`row ${row} opens at ${openTime[row]!} and closes at ${closeTime[row]!}`)
    }
    if (!(knownAt[row]! >= closeTime[row]!)) {
      throw fail(`row ${row} is known at ${knownAt[row]!}, before its close ${closeTime[row]!}`)
    }
    if (
      row > 0 &&
      !(openTime[row]! > openTime[row - 1]! && closeTime[row]! > closeTime[row - 1]!)
    ) {
      throw fail(`row ${row} does not lie after row ${row - 1}; sort the rows and drop duplicates`)
    }
    if (row > 0 && !(knownAt[row]! >= knownAt[row - 1]!)) {
      throw fail(`row ${row} is known at ${knownAt[row]!}, before its predecessor`)
    }
    if (!Number.isFinite(open[row]! + high[row]! + low[row]! + close[row]!)) {
      throw fail(`row ${row} has a price that is not a finite number`)
    }
    if (high[row]! < low[row]!)
      throw fail(`row ${row} has high ${high[row]!} below low ${low[row]!}`)
    if (volume[row]! < 0) throw fail(`row ${row} has volume ${volume[row]!}`)
  }
  return freeze(symbol, timeframe, closeTime, columns)
}

/** Rows [from, to) as views on the same memory. */
export function sliceBars(bars: Bars, from: number, to: number): Bars {
  const columns = mapColumns(bars, (column) => column.subarray(from, to))
  return freeze(bars.symbol, bars.timeframe, bars.time.subarray(from, to), columns)
}

/** The rows at these positions, which must ascend. */
export function takeBars(bars: Bars, rows: Int32Array): Bars {
  const take = (column: Float64Array): Float64Array => {
    const out = new Float64Array(rows.length)
    for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!
    return out
  }
  return freeze(bars.symbol, bars.timeframe, take(bars.time), mapColumns(bars, take))
}

/** Rows known at or before `at`: `knownAt ≤ at`. */
export function knownBars(bars: Bars, at: number): Bars {
  return sliceBars(bars, 0, lowerBound(bars.columns.knownAt, at + 1))
}

/** Rows one after the other; the first row of each must lie after the last row of its predecessor. */
export function concatBars(parts: readonly [Bars, ...Bars[]]): Bars {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const join = (pick: (part: Bars) => Float64Array | undefined): Float64Array => {
    const out = new Float64Array(length).fill(NaN)
    let at = 0
    for (const part of parts) {
      const column = pick(part)
      if (column) out.set(column, at)
      at += part.length
    }
    return out
  }
  const [{ symbol, timeframe }] = parts
  const required = Object.fromEntries(
    barColumns.map((name) => [name, join((part) => part.columns[name])]),
  ) as Record<Required, Float64Array>
  const optional = Object.fromEntries(
    optionalBarColumns.map((name) => [name, join((part) => part.columns[name])]),
  ) as Record<Optional, Float64Array>
  return createBars({
    symbol,
    timeframe,
    closeTime: join((part) => part.time),
    ...required,
    ...optional,
  })
}

function pickColumns(input: BarsInput): BarColumns {
  const { openTime, open, high, low, close, volume, closeTime } = input
  const columns: Record<string, Float64Array> = { openTime, open, high, low, close, volume }
  columns['knownAt'] = input.knownAt ?? closeTime
  for (const name of optionalBarColumns) {
    const column = input[name]
    if (column?.some((value) => !Number.isNaN(value))) columns[name] = column
  }
  return columns as BarColumns
}

function mapColumns(bars: Bars, map: (column: Float64Array) => Float64Array): BarColumns {
  return Object.fromEntries(
    Object.entries(bars.columns).map(([name, column]) => [name, map(column)]),
  ) as BarColumns
}

function freeze(symbol: string, timeframe: string, time: Float64Array, columns: BarColumns): Bars {
  return Object.freeze({
    symbol,
    timeframe,
    length: time.length,
    time,
    columns: Object.freeze(columns),
  })
}
