/** Bars from Parquet files: the same columns, times and options as CSV, by the file's own types. */
import { z } from 'zod'
import { asQuorumError, QuorumError } from '../../core/errors.ts'
import type { Column, StringColumn } from '../../core/frame.ts'
import { mapHeader, type BarField, type ColumnMapping } from '../csv/header.ts'
import { rawNumbers, type RawNumber, type RawRows } from '../csv/raw-rows.ts'
import {
  createTimeReader,
  dateForm,
  detectTimeFormat,
  instantForm,
  timeFormats,
  wallForm,
  type TimeFormat,
} from '../csv/times.ts'
import { sqlName } from '../store/duckdb.ts'
import { describeParquet, readParquet } from '../store/parquet.ts'
import { expandPaths, fileOptions, resolveInstrument, symbolOfFile } from './file-options.ts'
import { placeRows } from './place-rows.ts'
import { defineSource } from './source.ts'

const endings = ['.parquet']

const options = z.strictObject({
  ...fileOptions,
  /** Of a time column of numbers or text; by default found from the first row. */
  time: z.enum(timeFormats).default('auto'),
})

export const parquetSource = defineSource({
  name: 'parquet',
  doc: 'Parquet files (or folders of them): a time, open, high, low, close, optionally volume, vwap, trades, symbol, knownAt',
  options,
  read: async function* (given, context) {
    for (const file of await expandPaths(given.files, endings)) {
      context.signal?.throwIfAborted()
      try {
        const name = given.symbol ?? symbolOfFile(file, endings)
        const bySymbol = await readBars(file, name, given.columns, given.time)
        for (const [symbol, raw] of bySymbol) {
          context.onProgress?.({ source: file, rows: raw.length })
          const instrument = await resolveInstrument(symbol, given, context)
          yield { series: placeRows(raw, { ...given, source: file, instrument }) }
        }
      } catch (error) {
        yield { failed: { source: file, error: asQuorumError(error) } }
      }
    }
  },
})

interface FileColumn {
  readonly name: string
  readonly type: string
}

async function readBars(
  file: string,
  symbol: string,
  mapping: ColumnMapping | undefined,
  format: TimeFormat,
): Promise<ReadonlyMap<string, RawRows>> {
  const described = await describeParquet(file)
  const index = mapHeader(
    file,
    described.map(({ name }) => name),
    mapping,
  )
  const columnOf = (field: BarField): FileColumn | undefined => described[index[field]]
  const select: Record<string, string> = { time: timeSql(columnOf('time')!) }
  for (const name of rawNumbers) {
    const column = columnOf(name)
    if (column) select[name] = name === 'knownAt' ? timeSql(column) : numberSql(file, column)
  }
  const symbolColumn = columnOf('symbol')
  if (symbolColumn) select['symbol'] = `CAST(${sqlName(symbolColumn.name)} AS VARCHAR)`
  const { rows, columns } = await readParquet([file], select)
  if (rows === 0) throw bad(file, 'has no rows')
  const time = readTimes(file, columnOf('time')!, columns['time']!, format)
  const known = columnOf('knownAt')
  const knownAt = known && readTimes(file, known, columns['knownAt']!, 'auto')
  if (knownAt && !knownAt.form.every((form) => form === instantForm)) {
    throw bad(file, `column ${known.name} holds no instants (an epoch or times with a zone)`)
  }
  const numbers = (name: RawNumber): Float64Array => {
    if (name === 'knownAt' && knownAt) return knownAt.time
    return (columns[name] as Float64Array | undefined) ?? new Float64Array(rows).fill(NaN)
  }
  const whole: RawRows = {
    ...{ length: rows, time: time.time, form: time.form },
    line: Int32Array.from({ length: rows }, (_, row) => row + 1),
    numbers: Object.fromEntries(
      rawNumbers.map((name) => [name, numbers(name)]),
    ) as RawRows['numbers'],
  }
  const names = columns['symbol']
  return names ? splitBySymbol(file, whole, names as StringColumn) : new Map([[symbol, whole]])
}

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/

function numberSql(file: string, { name, type }: FileColumn): string {
  if (numeric.test(type)) return `CAST(${sqlName(name)} AS DOUBLE)`
  throw bad(file, `column ${name} is ${type}, not a number`)
}

function timeSql({ name, type }: FileColumn): string {
  if (type === 'DATE' || type.startsWith('TIMESTAMP')) {
    return `CAST(epoch_ms(${sqlName(name)}) AS DOUBLE)`
  }
  return numeric.test(type)
    ? `CAST(${sqlName(name)} AS DOUBLE)`
    : `CAST(${sqlName(name)} AS VARCHAR)`
}

function readTimes(
  file: string,
  { name, type }: FileColumn,
  column: Column,
  format: TimeFormat,
): { time: Float64Array; form: Uint8Array } {
  const time = new Float64Array('codes' in column ? column.codes.length : column.length)
  const form = new Uint8Array(time.length)
  if ('codes' in column) readTexts(file, name, column, format, time, form)
  else if (numeric.test(type)) {
    const unit = epochUnit(file, name, column[0]!, format)
    form.fill(instantForm)
    for (let row = 0; row < time.length; row++) time[row] = Math.floor(column[row]! * unit)
  } else {
    form.fill(type === 'DATE' ? dateForm : type.endsWith('TIME ZONE') ? instantForm : wallForm)
    time.set(column)
  }
  const missing = time.findIndex((value) => Number.isNaN(value))
  if (missing >= 0) throw bad(file, `column ${name} has no time at row ${missing + 1}`)
  return { time, form }
}

const epochUnits: Readonly<Record<string, number>> = {
  ...{ 'epoch-s': 1e3, 'epoch-ms': 1, 'epoch-us': 1e-3, 'epoch-ns': 1e-6 },
}

function epochUnit(file: string, name: string, first: number, format: TimeFormat): number {
  const found = format === 'auto' ? detectTimeFormat(String(Math.trunc(first))) : format
  const unit = epochUnits[found ?? '']
  if (unit === undefined) throw bad(file, `column ${name}: ${first} is no epoch time`)
  return unit
}

function readTexts(
  file: string,
  name: string,
  { codes, values }: StringColumn,
  format: TimeFormat,
  time: Float64Array,
  form: Uint8Array,
): void {
  const first = values[0] ?? ''
  const found = format === 'auto' ? detectTimeFormat(first) : format
  if (!found) throw bad(file, `column ${name}: the format of ${JSON.stringify(first)} is not clear`)
  const reader = createTimeReader(found)
  const read = values.map((text) => {
    const bytes = Buffer.from(text.trim())
    return { at: reader.parse(bytes, 0, bytes.length), form: reader.form }
  })
  for (let row = 0; row < time.length; row++) {
    const value = read[codes[row]!]
    time[row] = value?.at ?? NaN
    form[row] = value?.form ?? wallForm
  }
}

function splitBySymbol(
  file: string,
  rows: RawRows,
  { codes, values }: StringColumn,
): ReadonlyMap<string, RawRows> {
  const missing = codes.indexOf(-1)
  if (missing >= 0) throw bad(file, `row ${missing + 1} has no symbol`)
  const counts = new Int32Array(values.length)
  for (const code of codes) counts[code]!++
  const rowsOf = values.map((_, code) => new Int32Array(counts[code]!))
  counts.fill(0)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    rowsOf[code]![counts[code]!++] = row
  }
  return new Map(values.map((symbol, code) => [symbol, takeRaw(rows, rowsOf[code]!)]))
}

function takeRaw(rows: RawRows, order: Int32Array): RawRows {
  const numbers = (column: Float64Array): Float64Array =>
    Float64Array.from(order, (row) => column[row]!)
  return {
    length: order.length,
    line: order.map((row) => rows.line[row]!),
    time: numbers(rows.time),
    form: Uint8Array.from(order, (row) => rows.form[row]!),
    numbers: Object.fromEntries(
      rawNumbers.map((name) => [name, numbers(rows.numbers[name])]),
    ) as RawRows['numbers'],
  }
}

function bad(source: string, reason: string): QuorumError {
  return new QuorumError('BAD_DATA', { source, reason })
}
