/**
 * A CSV file of bars to raw rows by symbol: one pass over the bytes, columns out, no object a row. What cannot be read stops
 * the file with line, column and value; judging the values is the business of ingest.
 */
import { QuorumError } from '../../core/errors.ts'
import { barFields, mapHeader, type BarField, type ColumnMapping } from './header.ts'
import { isMissing, parseNumber } from './numbers.ts'
import { openText } from './open-text.ts'
import { RawRowsBuilder, rawNumbers, type RawBlock, type RawRows } from './raw-rows.ts'
import { fieldText, scanRecords, type RecordFields } from './records.ts'
import {
  addClock,
  createTimeReader,
  detectTimeFormat,
  wallForm,
  type TimeFormat,
  type TimeReader,
} from './times.ts'

export const separators = { ',': 44, ';': 59, '\t': 9, '|': 124 } as const
export type Separator = keyof typeof separators

export interface CsvOptions {
  readonly columns?: ColumnMapping | undefined
  /** Found in the header by default. */
  readonly separator?: Separator | undefined
  readonly decimal?: '.' | ',' | undefined
  readonly time?: TimeFormat | undefined
  /** Rows of this symbol, where the file has no symbol column. */
  readonly symbol: string
  readonly onProgress?: ((rows: number) => void) | undefined
}

/** Rows between two calls of `onProgress`. */
const progressRows = 50_000
const space = 32
const knownAtIndex = rawNumbers.indexOf('knownAt')

/**
 * @throws FILE_NOT_FOUND; BAD_DATA for a missing column, a ragged row, text in a number, an unreadable time, no rows.
 */
export async function readCsv(
  path: string,
  options: CsvOptions,
): Promise<ReadonlyMap<string, RawRows>> {
  const { head, markBytes, chunks } = await openText(path)
  const separator = options.separator ?? detectSeparator(head)
  const reader = new CsvReader(path, options)
  await scanRecords(chunks, {
    source: path,
    separator: separators[separator],
    skipBytes: markBytes,
    onRecord: (bytes, fields) => reader.record(bytes, fields),
  })
  return reader.end()
}

function detectSeparator(head: Buffer): Separator {
  const lineEnd = head.indexOf(10)
  const header = Buffer.from(head.subarray(0, lineEnd < 0 ? head.length : lineEnd)).toString(
    'latin1',
  )
  const counted = (Object.keys(separators) as Separator[]).map((separator) => ({
    separator,
    count: header.split(separator).length,
  }))
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).separator
}

class CsvReader {
  readonly #path: string
  readonly #options: CsvOptions
  readonly #decimal: number
  readonly #bySymbol = new Map<string, RawRowsBuilder>()
  #header: readonly string[] | undefined
  #column: Readonly<Record<BarField, number>> = noColumns
  /** File column of each raw number, −1 where it has none. */
  #numberColumns = new Int32Array(rawNumbers.length).fill(-1)
  #times: TimeReader | undefined
  #knownTimes: TimeReader | undefined
  #current: RawRowsBuilder | undefined
  #currentSymbol = new Uint8Array(0)
  #rows = 0

  constructor(path: string, options: CsvOptions) {
    this.#path = path
    this.#options = options
    this.#decimal = (options.decimal ?? '.').charCodeAt(0)
  }

  record(bytes: Buffer, fields: RecordFields): void {
    if (!this.#header) {
      this.#readHeader(bytes, fields)
      return
    }
    if (fields.count !== this.#header.length) {
      const reason = `has ${fields.count} fields, the header has ${this.#header.length}`
      throw this.#error(fields.line, reason)
    }
    const rows = this.#rowsOf(bytes, fields)
    const row = rows.next()
    const { block } = rows
    block.line[row] = fields.line
    this.#readTime(bytes, fields, block, row)
    for (let i = 0; i < rawNumbers.length; i++) {
      const column = this.#numberColumns[i]!
      if (column >= 0) block.numbers[i]![row] = this.#number(bytes, fields, column)
    }
    const known = this.#column.knownAt
    if (known >= 0) block.numbers[knownAtIndex]![row] = this.#knownAt(bytes, fields, known)
    if (++this.#rows % progressRows === 0) this.#options.onProgress?.(this.#rows)
  }

  end(): ReadonlyMap<string, RawRows> {
    if (!this.#header) throw this.#error(1, 'the file is empty')
    if (this.#rows === 0) {
      throw new QuorumError('BAD_DATA', {
        source: this.#path,
        reason: 'has a header and no rows',
      })
    }
    this.#options.onProgress?.(this.#rows)
    return new Map([...this.#bySymbol].map(([symbol, rows]) => [symbol, rows.end()]))
  }

  #readHeader(bytes: Buffer, fields: RecordFields): void {
    this.#header = Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i))
    this.#column = mapHeader(this.#path, this.#header, this.#options.columns)
    for (const [i, name] of rawNumbers.entries()) {
      if (name !== 'knownAt') this.#numberColumns[i] = this.#column[name]
    }
  }

  #rowsOf(bytes: Buffer, fields: RecordFields): RawRowsBuilder {
    const column = this.#column.symbol
    if (column < 0) return (this.#current ??= this.#builder(this.#options.symbol))
    const start = fields.start[column]!
    const end = fields.end[column]!
    if (this.#current && sameBytes(bytes, start, end, this.#currentSymbol)) return this.#current
    const symbol = fieldText(bytes, fields, column).trim()
    if (symbol === '') throw this.#error(fields.line, `column ${this.#named(column)} is empty`)
    this.#current = this.#builder(symbol)
    this.#currentSymbol = Uint8Array.from(bytes.subarray(start, end))
    return this.#current
  }

  #builder(symbol: string): RawRowsBuilder {
    let rows = this.#bySymbol.get(symbol)
    if (!rows) {
      rows = new RawRowsBuilder()
      this.#bySymbol.set(symbol, rows)
    }
    return rows
  }

  #readTime(bytes: Buffer, fields: RecordFields, block: RawBlock, row: number): void {
    const { time: column, clock } = this.#column
    this.#times ??= this.#timeReader(bytes, fields, column)
    let start = fields.start[column]!
    let end = fields.end[column]!
    while (start < end && bytes[start] === space) start++
    while (end > start && bytes[end - 1] === space) end--
    let time = this.#times.parse(bytes, start, end)
    let { form } = this.#times
    if (clock >= 0) {
      time = addClock(time, bytes, fields.start[clock]!, fields.end[clock]!)
      form = wallForm
    }
    if (Number.isNaN(time)) {
      const value = clock >= 0 ? [column, clock] : [column]
      const shown = value.map((i) => fieldText(bytes, fields, i)).join(' ')
      throw this.#error(fields.line, `column ${this.#named(column)}: ${quoted(shown)} is no time`)
    }
    block.time[row] = time
    block.form[row] = form
  }

  #timeReader(bytes: Buffer, fields: RecordFields, column: number): TimeReader {
    const { time = 'auto' } = this.#options
    const format =
      time === 'auto' ? detectTimeFormat(fieldText(bytes, fields, column).trim()) : time
    if (format) return createTimeReader(format)
    const shown = quoted(fieldText(bytes, fields, column))
    throw this.#error(
      fields.line,
      `column ${this.#named(column)}: the format of ${shown} is not clear. Name it with the option time (mdy, dmy, iso, …)`,
    )
  }

  #number(bytes: Buffer, fields: RecordFields, column: number): number {
    const value = parseNumber(bytes, fields.start[column]!, fields.end[column]!, this.#decimal)
    if (Number.isNaN(value)) {
      const text = fieldText(bytes, fields, column)
      if (!isMissing(text)) {
        throw this.#error(
          fields.line,
          `column ${this.#named(column)}: ${quoted(text)} is no number`,
        )
      }
    }
    return value
  }

  #knownAt(bytes: Buffer, fields: RecordFields, column: number): number {
    this.#knownTimes ??= this.#timeReader(bytes, fields, column)
    const time = this.#knownTimes.parse(bytes, fields.start[column]!, fields.end[column]!)
    // Only an instant can say when something was known; a bare date could mean any hour of it.
    if (this.#knownTimes.form === 2 && !Number.isNaN(time)) return time
    const shown = quoted(fieldText(bytes, fields, column))
    throw this.#error(
      fields.line,
      `column ${this.#named(column)}: ${shown} is no instant (an epoch or an ISO time with its offset)`,
    )
  }

  #named(column: number): string {
    return `${column + 1} ${quoted(this.#header![column]!.trim())}`
  }

  #error(line: number, reason: string): QuorumError {
    return new QuorumError('BAD_DATA', { source: this.#path, reason: `line ${line}: ${reason}` })
  }
}

const noColumns = Object.fromEntries(barFields.map((field) => [field, -1])) as Record<
  BarField,
  number
>

function sameBytes(bytes: Buffer, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false
  return true
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
