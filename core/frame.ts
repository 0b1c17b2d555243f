/**
 * Frame: immutable typed columns of one length plus `time` (milliseconds since the epoch, UTC). A missing number is NaN.
 * Columns are views, never copied by `slice`; nothing here turns rows into objects.
 */
import { check } from './checks.ts'
import { QuorumError } from './errors.ts'
import { unknownName } from './checks.ts'

/** Strings as codes into a dictionary; −1 is missing. */
export interface StringColumn {
  readonly codes: Int32Array
  readonly values: readonly string[]
}

export type Column = Float64Array | Int32Array | StringColumn

export interface Frame {
  readonly length: number
  /** Ascending, milliseconds since the epoch, UTC. */
  readonly time: Float64Array
  readonly columns: Readonly<Record<string, Column>>
}

/** Checks equal lengths and ascending time (equal neighbours allowed), then freezes. */
export function createFrame(time: Float64Array, columns: Readonly<Record<string, Column>>): Frame {
  for (const [name, column] of Object.entries(columns)) {
    const length = columnLength(column)
    check(length === time.length, `column ${name}`, `of ${time.length} rows`, length)
  }
  for (let row = 1; row < time.length; row++) {
    if (!(time[row]! >= time[row - 1]!)) {
      throw new QuorumError('BAD_DATA', {
        source: 'frame',
        reason: `time ${time[row]!} at row ${row} lies before its predecessor ${time[row - 1]!}; sort the rows first`,
      })
    }
  }
  return Object.freeze({ length: time.length, time, columns: Object.freeze({ ...columns }) })
}

export function numberColumn(frame: Frame, name: string): Float64Array {
  const column = frame.columns[name]
  if (column instanceof Float64Array) return column
  if (column instanceof Int32Array) return Float64Array.from(column)
  throw unknownName('numeric column', name, Object.keys(frame.columns))
}

/** Rows [from, to) as views on the same memory. */
export function sliceFrame(frame: Frame, from: number, to: number): Frame {
  const columns = Object.fromEntries(
    Object.entries(frame.columns).map(([name, column]) => [name, sliceColumn(column, from, to)]),
  )
  const time = frame.time.subarray(from, to)
  return Object.freeze({ length: time.length, time, columns: Object.freeze(columns) })
}

/** First place of ascending numbers that is ≥ `at`; `length` where there is none. */
export function lowerBound(values: ArrayLike<number>, at: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

function sliceColumn(column: Column, from: number, to: number): Column {
  if (column instanceof Float64Array || column instanceof Int32Array)
    return column.subarray(from, to)
  return { codes: column.codes.subarray(from, to), values: column.values }
}

function columnLength(column: Column): number {
  return 'codes' in column ? column.codes.length : column.length
}
