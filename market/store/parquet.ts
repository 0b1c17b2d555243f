/**
 * Columns from Parquet through DuckDB, chunk by chunk: no row objects, and no more memory than the columns themselves. A column of
 * numbers is DOUBLE, one of strings VARCHAR; a missing number is NaN.
 */
import type { DuckDBVector } from '@duckdb/node-api'
import { QuorumError } from '../../core/errors.ts'
import type { Column, StringColumn } from '../../core/frame.ts'
import { sqlName, sqlPath, withConnection } from './duckdb.ts'

/** How a file is read: its format, as DuckDB calls it. */
export type TableReader = 'read_parquet' | 'read_csv'

export interface Table {
  readonly rows: number
  readonly columns: Readonly<Record<string, Column>>
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
