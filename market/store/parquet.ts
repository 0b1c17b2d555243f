/**
 * Columns to and from Parquet through DuckDB, chunk by chunk: no row objects, and no more memory than the columns themselves.
 * A column of numbers is DOUBLE, one of strings VARCHAR; a missing number is NaN on both sides.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import { QuorumError } from '../../core/errors.ts'
import type { Column, StringColumn } from '../../core/frame.ts'
import { sqlName, sqlPath, sqlText, withConnection } from './duckdb.ts'

const chunkRows = 2048

/** How a file is read: its format, as DuckDB calls it. */
export type TableReader = 'read_parquet' | 'read_csv'

export interface Table {
  readonly rows: number
  readonly columns: Readonly<Record<string, Column>>
}

/** Writes a file that appears whole or not at all (temporary name, fsync, rename). */
export async function writeParquet(
  path: string,
  columns: Readonly<Record<string, Column>>,
): Promise<void> {
  await writeTable(path, async (append) => append(columns))
}

/**
 * Writes a table that need not fit in memory: `produce` appends parts with the same columns. The format follows the extension,
 * `.csv` or Parquet; a missing number is an empty field in CSV. The file appears whole or not at all.
 * @returns rows written.
 */
export async function writeTable(
  path: string,
  produce: (append: (columns: Readonly<Record<string, Column>>) => Promise<void>) => Promise<void>,
): Promise<number> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  const rows = await withConnection(async (connection) => {
    const table = `t${randomUUID().replaceAll('-', '')}`
    let written = 0
    let names: readonly string[] | undefined
    try {
      await produce(async (columns) => {
        if (names === undefined) {
          names = Object.keys(columns)
          const types = Object.entries(columns).map(
            ([name, column]) => `${sqlName(name)} ${isStrings(column) ? 'VARCHAR' : 'DOUBLE'}`,
          )
          await connection.run(`CREATE TEMP TABLE ${table} (${types.join(', ')})`)
        }
        const parts = Object.values(columns)
        await fill(connection, table, parts)
        written += parts[0] === undefined ? 0 : columnLength(parts[0])
      })
      const shape = copyShape(path, table, names ?? [])
      await connection.run(`COPY ${shape.source} TO ${sqlText(temporary)} (${shape.options})`)
      await syncPath(temporary)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    } finally {
      await connection.run(`DROP TABLE IF EXISTS ${table}`)
    }
    return written
  })
  await syncPath(dirname(path))
  return rows
}

function copyShape(
  path: string,
  table: string,
  names: readonly string[],
): { source: string; options: string } {
  if (!path.endsWith('.csv')) return { source: table, options: 'FORMAT parquet, COMPRESSION zstd' }
  // Moments are whole milliseconds.
  const fields = names.map((name) => {
    const field = name === 'time' ? `${sqlName(name)}::BIGINT` : sqlName(name)
    return `nullif(${field}::VARCHAR, 'nan') AS ${sqlName(name)}`
  })
  return { source: `(SELECT ${fields.join(', ')} FROM ${table})`, options: 'FORMAT csv, HEADER' }
}

/** Names and DuckDB types of the columns, in file order. @throws BAD_DATA where the file is no Parquet. */
export async function describeParquet(
  path: string,
  { reader = 'read_parquet' }: { readonly reader?: TableReader } = {},
): Promise<readonly { name: string; type: string }[]> {
  return withConnection(async (connection) => {
    const sql = `DESCRIBE SELECT * FROM ${reader}(${sqlPath(path)})`
    const result = await connection.runAndReadAll(sql).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    return result.getRows().map((row) => ({ name: String(row[0]), type: String(row[1]) }))
  })
}

/**
 * Reads columns of files that share them, one file after the other. `select` gives each column's SQL expression; VARCHAR
 * expressions become string columns, everything else must be DOUBLE.
 */
export async function readParquet(
  paths: readonly string[],
  select: Readonly<Record<string, string>>,
  {
    where = '',
    reader = 'read_parquet',
  }: { readonly where?: string; readonly reader?: TableReader } = {},
): Promise<Table> {
  return withConnection(async (connection) => {
    const list = Object.entries(select).map(([name, sql]) => `${sql} AS ${sqlName(name)}`)
    const files = paths.map(sqlPath).join(', ')
    const result = await connection.stream(
      `SELECT ${list.join(', ')} FROM ${reader}([${files}]) ${where && `WHERE ${where}`}`,
    )
    const readers = result
      .columnTypes()
      .map((type) => (String(type) === 'VARCHAR' ? new StringReader() : new NumberReader()))
    let rows = 0
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) break
      rows += chunk.rowCount
      for (const [index, reader] of readers.entries()) {
        reader.add(chunk.getColumnVector(index), chunk.rowCount)
      }
    }
    const names = Object.keys(select)
    return {
      rows,
      columns: Object.fromEntries(
        readers.map((reader, index) => [names[index]!, reader.end(rows)]),
      ),
    }
  })
}

function unreadable(path: string, error: unknown): QuorumError {
  const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error)
  return new QuorumError('BAD_DATA', { source: path, reason }, { cause: error })
}

async function fill(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
): Promise<void> {
  const { DuckDBDataChunk, DOUBLE, VARCHAR } = await import('@duckdb/node-api')
  const rows = columns[0] === undefined ? 0 : columnLength(columns[0])
  const types = columns.map((column) => (isStrings(column) ? VARCHAR : DOUBLE))
  const appender = await connection.createAppender(table, 'main', 'temp')
  try {
    for (let from = 0; from < rows; from += chunkRows) {
      const count = Math.min(chunkRows, rows - from)
      const chunk = DuckDBDataChunk.create(types, count)
      for (const [index, column] of columns.entries()) put(chunk, index, column, from, count)
      appender.appendDataChunk(chunk)
    }
  } finally {
    appender.closeSync()
  }
}

function put(
  chunk: DuckDBDataChunk,
  index: number,
  column: Column,
  from: number,
  count: number,
): void {
  if (isStrings(column)) {
    const values = Array.from({ length: count }, (_, i) => {
      const code = column.codes[from + i]!
      return code < 0 ? null : column.values[code]!
    })
    chunk.setColumnValues(index, values)
    return
  }
  const vector = chunk.getColumnVector(index) as DuckDBVector<number>
  for (let i = 0; i < count; i++) vector.setItem(i, column[from + i]!)
  vector.flush()
}

class NumberReader {
  readonly #parts: Float64Array[] = []

  add(vector: DuckDBVector, count: number): void {
    const numbers = vector as DuckDBVector<number>
    const part = new Float64Array(count)
    for (let i = 0; i < count; i++) part[i] = numbers.getItem(i) ?? NaN
    this.#parts.push(part)
  }

  end(rows: number): Float64Array {
    const out = new Float64Array(rows)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }
}

class StringReader {
  readonly #codes: number[] = []
  readonly #known = new Map<string, number>()

  add(vector: DuckDBVector, count: number): void {
    const texts = vector as DuckDBVector<string>
    for (let i = 0; i < count; i++) {
      const text = texts.getItem(i)
      this.#codes.push(text === null ? -1 : this.#code(text))
    }
  }

  end(): StringColumn {
    return { codes: Int32Array.from(this.#codes), values: [...this.#known.keys()] }
  }

  #code(text: string): number {
    let code = this.#known.get(text)
    if (code === undefined) {
      code = this.#known.size
      this.#known.set(text, code)
    }
    return code
  }
}

function isStrings(column: Column): column is StringColumn {
  return 'codes' in column
}

function columnLength(column: Column): number {
  return isStrings(column) ? column.codes.length : column.length
}

/** Flushes a file or a folder's entries to the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
