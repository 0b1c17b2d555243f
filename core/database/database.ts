/**
 * Database: rows in PGlite or PostgreSQL behind one Kysely instance. Each layer declares its own tables and migrations and
 * sees them through `withTables`; see `values.ts` for what values look like.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, type Transaction } from 'kysely'
import { QuorumError } from '../errors.ts'
import { EngineDialect } from './dialect.ts'
import type { DatabaseKind, DatabaseMode, SqlEngine, SqlRow } from './engine.ts'

/** A transaction over any set of tables: what functions take that run inside a caller's transaction. */
// Kysely is invariant in its tables, so only `any` accepts every caller.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyTransaction = Transaction<any>

/** A database over any set of tables: what functions take that bring their own. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyDatabase = Database<any>

export interface Database<Tables = unknown> {
  readonly kysely: Kysely<Tables>
  readonly kind: DatabaseKind
  /** Which way statements take now; a client becomes the owner when the owner has gone and its role allows it. */
  readonly mode: DatabaseMode
  /** The same connections, seen with other tables. */
  withTables<Other>(): Database<Other>
  /** One statement with values, or a script of several without. Not part of any transaction. */
  executeSql(text: string, values?: readonly unknown[]): Promise<{ rows: SqlRow[] }>
  /**
   * Runs `fn` in one transaction: committed when it resolves, rolled back when it throws. Inside, every statement must go
   * through `trx`; one that goes through the database throws, because on the embedded database it could only wait for ever.
   */
  transaction<T>(fn: (trx: Transaction<Tables>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A database on an open engine; `close` closes the engine. */
export function createDatabase<Tables = unknown>(engine: SqlEngine): Database<Tables> {
  return new EngineDatabase(engine) as Database as Database<Tables>
}

class EngineDatabase implements Database {
  readonly kysely: Kysely<unknown>
  readonly #engine: SqlEngine
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  #closing: Promise<void> | undefined

  constructor(engine: SqlEngine) {
    this.#engine = engine
    this.kysely = new Kysely<unknown>({ dialect: new EngineDialect(this.#guarded(engine)) })
  }

  get kind(): DatabaseKind {
    return this.#engine.kind
  }

  get mode(): DatabaseMode {
    return this.#engine.mode
  }

  withTables<Other>(): Database<Other> {
    return this as Database as Database<Other>
  }

  async executeSql(text: string, values: readonly unknown[] = []): Promise<{ rows: SqlRow[] }> {
    this.#refuseInside()
    const lease = await this.#engine.acquire()
    try {
      return await lease.execute(text, values)
    } finally {
      await lease.release()
    }
  }

  async transaction<T>(fn: (trx: Transaction<unknown>) => Promise<T>): Promise<T> {
    this.#refuseInside()
    return this.kysely.transaction().execute(async (trx) => {
      const state = { open: true }
      try {
        return await this.#inside.run(state, () => fn(trx))
      } finally {
        state.open = false
      }
    })
  }

  close(): Promise<void> {
    // Kysely closes the engine only if a statement ever ran.
    this.#closing ??= this.kysely.destroy().then(() => this.#engine.close())
    return this.#closing
  }

  #guarded(engine: SqlEngine): SqlEngine {
    const refuse = (): void => this.#refuseInside()
    return {
      kind: engine.kind,
      mode: engine.mode,
      acquire: async () => {
        refuse()
        return engine.acquire()
      },
      close: () => engine.close(),
    }
  }

  #refuseInside(): void {
    if (this.#inside.getStore()?.open) {
      throw new QuorumError('INTERNAL', {
        reason:
          'A statement inside a transaction went through the database instead of the transaction. Pass trx on.',
      })
    }
  }
}
