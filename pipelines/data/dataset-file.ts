/**
 * Datasets from a file (CSV or Parquet): numeric columns by name, and if present `time`, `symbol`, `weight`, `group` and
 * `labelEnd`. Without `labelEnd`, `horizon` rows of the same symbol later the label counts as known; a file without `time`
 * has its rows as moments, in their order.
 */
import { extname } from 'node:path'
import { access } from 'node:fs/promises'
import { check, unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { fillGroups, fingerprint, shared, type Dataset } from '../../features/index.ts'
import { describeParquet, readParquet, sqlName, type Table } from '../../market/index.ts'
import type { DatasetFile } from '../../registry/index.ts'

const special = ['time', 'symbol', 'weight', 'group', 'labelEnd'] as const

export interface FileTable {
  readonly rows: number
  readonly numbers: ReadonlyMap<string, Float64Array>
  readonly symbols: readonly string[]
  readonly symbol: Int32Array
  /** Whether there is a column `symbol`; without, all rows are of one that is named `row`. */
  readonly hasSymbols: boolean
  /** Names of columns that are neither numbers nor `symbol`. */
  readonly ignored: readonly string[]
}

/** @throws FILE_NOT_FOUND, BAD_DATA */
export async function readTableFile(path: string): Promise<FileTable> {
  await access(path).catch((cause: unknown) => {
    throw new QuorumError('FILE_NOT_FOUND', { path }, { cause })
  })
  const extension = extname(path.replace(/\.gz$/, ''))
  const known = extension === '.csv' || extension === '.parquet'
  check(known, 'the dataset file', 'a .csv, .csv.gz or .parquet file', path)
  const reader = extension === '.csv' ? 'read_csv' : 'read_parquet'
  const described = await describeParquet(path, { reader })
  const select: Record<string, string> = {}
  const ignored: string[] = []
  for (const { name, type } of described) {
    const column = sqlName(name)
    if (name === 'symbol') select[name] = `CAST(${column} AS VARCHAR)`
    else if (/INT|DOUBLE|FLOAT|DECIMAL|BOOLEAN/.test(type))
      select[name] = `CAST(${column} AS DOUBLE)`
    else if (/^(TIMESTAMP|DATE)/.test(type))
      select[name] = `CAST(epoch_ms(CAST(${column} AS TIMESTAMP)) AS DOUBLE)`
    else ignored.push(name)
  }
  if (Object.keys(select).every((name) => name === 'symbol')) {
    throw new QuorumError('BAD_DATA', {
      source: path,
      reason: `it holds no row, or no column of numbers; columns: ${ignored.join(', ')}`,
    })
  }
  const table = await readParquet([path], select, { reader })
  if (table.rows === 0)
    throw new QuorumError('BAD_DATA', { source: path, reason: 'it holds no row' })
  return { rows: table.rows, ignored, ...splitColumns(table) }
}

function splitColumns({ rows, columns }: Table): Omit<FileTable, 'rows' | 'ignored'> {
  const numbers = new Map<string, Float64Array>()
  let symbols: readonly string[] = ['row']
  let symbol = new Int32Array(rows)
  for (const [name, column] of Object.entries(columns)) {
    if (column instanceof Float64Array) numbers.set(name, column)
    else if ('codes' in column) {
      symbols = column.values
      symbol = Int32Array.from(column.codes)
    }
  }
  return { numbers, symbols, symbol, hasSymbols: 'symbol' in columns }
}

/** @throws BAD_DATA where the target is missing or no column is left to learn from, NOT_FINITE for an infinite target, NO_ROWS */
export async function readDatasetFile(
  { file, target, horizon = 0 }: DatasetFile,
  window: number,
): Promise<{ readonly dataset: Dataset; readonly ignored: readonly string[] }> {
  const table = await readTableFile(file)
  const y = table.numbers.get(target)
  if (y === undefined) {
    throw new QuorumError('BAD_DATA', {
      source: file,
      reason: `there is no numeric column ${target}; it has ${[...table.numbers.keys()].join(', ')}`,
    })
  }
  // A missing target is a row without a label; an infinite one is a fault that must not pass for that.
  const infinite = y.findIndex((value) => Math.abs(value) === Infinity)
  if (infinite >= 0) {
    const name = `the target ${target} of ${file}`
    throw new QuorumError('NOT_FINITE', { name, value: String(y[infinite]), row: infinite })
  }
  const features = [...table.numbers.keys()].filter(
    (name) => name !== target && !(special as readonly string[]).includes(name),
  )
  if (features.length === 0)
    throw new QuorumError('BAD_DATA', {
      source: file,
      reason: 'no numeric column is left to learn from',
    })
  const order = sortedRows(table)
  const time = pick(
    table.numbers.get('time') ?? Float64Array.from({ length: table.rows }, (_, i) => i),
    order,
  )
  const symbol = Int32Array.from(order, (row) => table.symbol[row]!)
  const labels = pick(y, order)
  const given = table.numbers.get('labelEnd')
  const labelEnd = given === undefined ? endsAfter(time, symbol, horizon) : pick(given, order)
  const weight = table.numbers.get('weight')
  const dataset = {
    rows: table.rows,
    features,
    X: matrixOf(table, features, order),
    y: onShared(labels),
    weight: onShared(
      weight === undefined ? new Float64Array(table.rows).fill(1) : pick(weight, order),
    ),
    time: onShared(time),
    symbol: new Int32Array(shared(table.rows, 4)),
    symbols: table.symbols,
    labelEnd: onShared(labelEnd),
    group: new Int32Array(shared(table.rows, 4)),
    window,
  }
  dataset.symbol.set(symbol)
  fillGroups(time, dataset.group)
  const samples = windowEnds(symbol, window).filter(
    (row) => Number.isFinite(labels[row]) && Number.isFinite(labelEnd[row]),
  )
  if (samples.length === 0)
    throw new QuorumError('NO_ROWS', {
      source: file,
      reason: `a sample takes a window of ${window} rows of one symbol that ends at a row with a label; of ${table.rows} rows ${labels.filter(Number.isFinite).length} have a target`,
    })
  const sampleRows = new Int32Array(shared(samples.length, 4))
  sampleRows.set(samples)
  const definition = `file/${features.join()}/${target}/${window}`
  const { X, y: column, time: moments, symbol: codes } = dataset
  const hash = fingerprint(definition, [X, column, moments, codes, sampleRows])
  return {
    dataset: Object.freeze({ ...dataset, samples: sampleRows, fingerprint: hash }),
    ignored: table.ignored,
  }
}

/** Rows of a table as a matrix of the named features, in the file's order, for prediction. @throws BAD_DATA naming a missing column. */
export function featureMatrix(
  table: FileTable,
  features: readonly string[],
  file: string,
): Float32Array {
  for (const name of features) {
    if (!table.numbers.has(name)) {
      const error = unknownName('numeric column', name, [...table.numbers.keys()])
      throw new QuorumError('BAD_DATA', { source: file, reason: error.message }, { cause: error })
    }
  }
  return matrixOf(
    table,
    features,
    Int32Array.from({ length: table.rows }, (_, i) => i),
  )
}

/** Rows at which a window inside one symbol ends; rows must be sorted by symbol. */
export function windowEnds(symbol: Int32Array, window: number): number[] {
  const ends: number[] = []
  let start = 0
  for (let row = 0; row < symbol.length; row++) {
    if (row > 0 && symbol[row] !== symbol[row - 1]) start = row
    if (row - start >= window - 1) ends.push(row)
  }
  return ends
}

/** Row order by (symbol, time), stable. */
export function sortedRows({ rows, symbol, numbers }: FileTable): Int32Array {
  const time = numbers.get('time')
  return Int32Array.from({ length: rows }, (_, i) => i).sort(
    (a, b) => symbol[a]! - symbol[b]! || (time === undefined ? 0 : time[a]! - time[b]!) || a - b,
  )
}

function endsAfter(time: Float64Array, symbol: Int32Array, horizon: number): Float64Array {
  return time.map((_, row) => (symbol[row + horizon] === symbol[row] ? time[row + horizon]! : NaN))
}

function pick(column: Float64Array, order: Int32Array): Float64Array {
  return Float64Array.from(order, (row) => column[row]!)
}

function onShared(column: Float64Array): Float64Array {
  const copy = new Float64Array(shared(column.length, 8))
  copy.set(column)
  return copy
}

function matrixOf(table: FileTable, features: readonly string[], order: Int32Array): Float32Array {
  const X = new Float32Array(shared(table.rows * features.length, 4))
  features.forEach((name, k) => {
    const column = table.numbers.get(name)!
    order.forEach((row, i) => (X[i * features.length + k] = column[row]!))
  })
  return X
}
