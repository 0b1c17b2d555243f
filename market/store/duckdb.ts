/**
 * The process's one DuckDB, opened on first use: an in-memory database that holds nothing but the rows passing through it, with
 * bounded memory and threads, no network and no extensions to fetch.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** Two: enough to overlap decoding with reading; training and serving need the other cores. */
const threads = 2
const memoryLimit = '1GB'

let instance: Promise<DuckDBInstance> | undefined

export async function withConnection<T>(
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  instance ??= open()
  const connection = await (await instance).connect()
  try {
    return await use(connection)
  } finally {
    connection.closeSync()
  }
}

async function open(): Promise<DuckDBInstance> {
  // The import loads a native library of tens of megabytes; commands that read no bars should not pay for it.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  return DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: memoryLimit,
    temp_directory: join(tmpdir(), `quorum-duckdb-${process.pid}`),
    // Bars are read once; kept contents of files would fill the memory up to its limit.
    enable_external_file_cache: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
}

export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A path as a SQL text that matches only itself: DuckDB takes every path of a read for a pattern. */
export function sqlPath(path: string): string {
  return sqlText(path.replace(/[*?[]/g, (character) => `[${character}]`))
}
