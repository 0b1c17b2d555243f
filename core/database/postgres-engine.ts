/**
 * PostgreSQL as an engine, through a pool of `pg`. A connection that the server drops fails the statement under way with
 * DATABASE_UNAVAILABLE and leaves the pool; the next statement gets a new one. The password never enters a message.
 */
import pg from 'pg'
import { invalid } from '../checks.ts'
import { QuorumError } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  defaultLeaseIdleMs,
  type SqlEngine,
  type SqlLease,
  type SqlResult,
  type SqlRow,
} from './engine.ts'
import { leaseExpired, sqlErrorOf } from './sql-error.ts'
import { encodeValues, parsers, sessionSettings } from './values.ts'

export interface PostgresEngineOptions {
  readonly databaseUrl: string
  readonly log: Log
  readonly connections?: number
  readonly leaseIdleMs?: number
}

interface Settings {
  readonly target: string
  readonly leaseIdleMs: number
}

/** Connects once, so that a wrong address or password shows here and not at the first statement. */
export async function openPostgresEngine(options: PostgresEngineOptions): Promise<SqlEngine> {
  const { databaseUrl, log, connections = 10, leaseIdleMs = defaultLeaseIdleMs } = options
  const target = describeTarget(databaseUrl)
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 10_000,
    application_name: 'quorum',
    types: { getTypeParser: (oid: number) => parsers[oid] ?? String },
  })
  pool.on('error', (error) =>
    log.warn({ target, reason: error.message }, 'an idle connection was lost'),
  )
  const engine = new PostgresEngine(pool, { target, leaseIdleMs })
  try {
    const lease = await engine.acquire()
    await lease.release()
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

/** `host:port/database` of a URL, fit for a message. */
export function describeTarget(databaseUrl: string): string {
  let url: URL
  try {
    url = new URL(databaseUrl)
    if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error('protocol')
  } catch {
    throw invalid('database.url', 'a URL postgres://USER:PASSWORD@HOST:PORT/DATABASE', '[redacted]')
  }
  const host = url.hostname || (url.searchParams.get('host') ?? 'localhost')
  return `${host}:${url.port || '5432'}${url.pathname}`
}

class PostgresEngine implements SqlEngine {
  readonly kind = 'postgres'
  readonly mode = 'server'
  readonly #pool: pg.Pool
  readonly #settings: Settings
  readonly #prepared = new WeakSet<pg.ClientBase>()
  #closing: Promise<void> | undefined

  constructor(pool: pg.Pool, settings: Settings) {
    this.#pool = pool
    this.#settings = settings
  }

  async acquire(): Promise<SqlLease> {
    let client: pg.PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw unavailable(this.#settings.target, error)
    }
    const lease = new PostgresLease(client, this.#settings)
    if (!this.#prepared.has(client)) {
      const idle = `set idle_in_transaction_session_timeout = ${this.#settings.leaseIdleMs}`
      try {
        await lease.execute([...sessionSettings, idle].join('; '))
      } catch (error) {
        await lease.release()
        throw error
      }
      this.#prepared.add(client)
    }
    return lease
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end()
    return this.#closing
  }
}

class PostgresLease implements SqlLease {
  readonly #client: pg.PoolClient
  readonly #settings: Settings
  #lost: Error | undefined
  #failed = false
  #last: Promise<unknown> = Promise.resolve()
  #released: Promise<void> | undefined

  constructor(client: pg.PoolClient, settings: Settings) {
    this.#client = client
    this.#settings = settings
    // A connection lost between two statements reports itself here and nowhere else.
    client.on('error', this.#noteLoss)
  }

  readonly #noteLoss = (error: Error): void => {
    this.#lost ??= error
  }

  execute(text: string, values: readonly unknown[] = []): Promise<SqlResult> {
    if (this.#released) {
      return Promise.reject(
        new QuorumError('INTERNAL', {
          reason: 'A statement ran on a connection already given back.',
        }),
      )
    }
    const result = this.#last.then(() => this.#execute(text, values))
    this.#last = result.catch(() => undefined)
    return result
  }

  release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #execute(text: string, values: readonly unknown[]): Promise<SqlResult> {
    try {
      const answer: pg.QueryResult<SqlRow> | pg.QueryResult<SqlRow>[] =
        values.length > 0
          ? await this.#client.query<SqlRow>(text, encodeValues(values))
          : await this.#client.query<SqlRow>(text)
      return resultOf(Array.isArray(answer) ? answer : [answer])
    } catch (error) {
      this.#failed = true
      throw this.#errorOf(error)
    }
  }

  async #release(): Promise<void> {
    await this.#last
    try {
      // After a refused statement the status is not known yet: pg tells of the error before the server is ready again.
      const open = this.#failed || this.#client.getTransactionStatus() !== 'I'
      if (open && !this.#lost) await this.#client.query('rollback')
    } catch (error) {
      this.#lost ??= error as Error
    }
    this.#client.off('error', this.#noteLoss)
    this.#client.release(this.#lost)
  }

  #errorOf(error: unknown): Error {
    // What the server said when it closed the connection is nearer the cause than "not queryable".
    const sqlError = sqlErrorOf(this.#lost) ?? sqlErrorOf(error)
    if (sqlError?.code === '25P03') {
      this.#lost ??= sqlError
      return leaseExpired(this.#settings.leaseIdleMs)
    }
    if (sqlError && !isLoss(sqlError.code)) return sqlError
    this.#lost ??= error as Error
    return unavailable(this.#settings.target, sqlError ?? error)
  }
}

/** SQLSTATE classes that say the server cannot be used, not that it refused a statement: 08 connection, 57P operator, 53300. */
function isLoss(code: string): boolean {
  return code.startsWith('08') || code.startsWith('57P') || code === '53300'
}

function resultOf(results: readonly pg.QueryResult<SqlRow>[]): SqlResult {
  // A statement without columns has an empty field list, whatever the types say of the end of a script.
  const result = results.findLast(({ fields }) => fields.length > 0) ?? results.at(-1)
  return {
    rows: result?.rows ?? [],
    command: result?.command,
    affectedRows: result?.rowCount ?? 0,
  }
}

function unavailable(target: string, error: unknown): QuorumError {
  return new QuorumError(
    'DATABASE_UNAVAILABLE',
    { target, reason: reasonOf(error) },
    { cause: error },
  )
}

/** Node wraps "refused on every address" into an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
