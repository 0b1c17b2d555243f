/**
 * The Kysely dialect over any SqlEngine. Kysely 0.28 has none for PGlite, and a third-party one would pin PGlite to another
 * PostgreSQL major version, so this is our own; PostgreSQL uses it too, so that both behave alike.
 */
import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { QuorumError } from '../errors.ts'
import type { SqlEngine, SqlLease, SqlResult } from './engine.ts'

export class EngineDialect implements Dialect {
  readonly #engine: SqlEngine

  constructor(engine: SqlEngine) {
    this.#engine = engine
  }

  createDriver(): Driver {
    return new EngineDriver(this.#engine)
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }
}

class EngineDriver implements Driver {
  readonly #engine: SqlEngine

  constructor(engine: SqlEngine) {
    this.#engine = engine
  }

  async init(): Promise<void> {
    // The engine is open before the dialect exists.
  }

  async acquireConnection(): Promise<LeaseConnection> {
    return new LeaseConnection(await this.#engine.acquire())
  }

  async beginTransaction(
    connection: LeaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : ''
    const access = settings.accessMode ? ` ${settings.accessMode}` : ''
    await connection.run(`begin${isolation}${access}`)
  }

  async commitTransaction(connection: LeaseConnection): Promise<void> {
    const { command } = await connection.run('commit')
    // PostgreSQL answers ROLLBACK to the commit of a transaction in which a statement failed and was caught.
    if (command === 'ROLLBACK') {
      throw new QuorumError('CONFLICT', {
        reason:
          'The transaction was rolled back: a statement in it had failed and the error was swallowed. Use a savepoint around a statement that may fail.',
      })
    }
  }

  async rollbackTransaction(connection: LeaseConnection): Promise<void> {
    // A lease that is lost or expired has been rolled back already; the first error is the one to tell.
    await connection.run('rollback').catch((error: unknown) => {
      if (!(error instanceof QuorumError)) throw error
    })
  }

  async savepoint(connection: LeaseConnection, name: string): Promise<void> {
    await connection.run(`savepoint ${quoted(name)}`)
  }

  async rollbackToSavepoint(connection: LeaseConnection, name: string): Promise<void> {
    await connection.run(`rollback to savepoint ${quoted(name)}`)
  }

  async releaseSavepoint(connection: LeaseConnection, name: string): Promise<void> {
    await connection.run(`release savepoint ${quoted(name)}`)
  }

  async releaseConnection(connection: LeaseConnection): Promise<void> {
    await connection.release()
  }

  async destroy(): Promise<void> {
    await this.#engine.close()
  }
}

class LeaseConnection implements DatabaseConnection {
  readonly #lease: SqlLease

  constructor(lease: SqlLease) {
    this.#lease = lease
  }

  run(text: string): Promise<SqlResult> {
    return this.#lease.execute(text)
  }

  release(): Promise<void> {
    return this.#lease.release()
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, command, affectedRows } = await this.#lease.execute(query.sql, query.parameters)
    const changes = command !== undefined && changing.has(command)
    return {
      rows: rows as R[],
      ...(changes ? { numAffectedRows: BigInt(affectedRows) } : {}),
    }
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.resolve()
    throw new QuorumError('INTERNAL', {
      reason:
        'Streaming would hold the one connection of the embedded database; read by key in pages.',
    })
  }
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
