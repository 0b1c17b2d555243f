/**
 * RecordChain: the one way in which the platform appends records. A transaction that appends runs through it, so that the
 * head file follows every commit and cannot be forgotten.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Transaction } from 'kysely'
import type { Clock } from '../clock.ts'
import type { AnyDatabase, AnyTransaction, Database } from '../database/index.ts'
import { QuorumError } from '../errors.ts'
import { appendRecords } from './append.ts'
import { moveHeadFile, readHeadFile } from './head-file.ts'
import type { RecordEntry, RecordHead, RecordRow, RecordTables } from './schema.ts'
import { verifyRecords, type VerifyOptions } from './verify.ts'

export interface RecordChain<Tables = unknown> {
  /** As `database.transaction`; after the commit the head file has moved. */
  transaction<T>(fn: (trx: Transaction<Tables>) => Promise<T>): Promise<T>
  /** Appends in the caller's transaction, which must be one of `transaction`. */
  append(trx: AnyTransaction, entries: readonly RecordEntry[]): Promise<RecordHead>
  /** Moves a lagging head file forward; the owner's first act. */
  advanceHead(): Promise<RecordHead>
  /** Checks the whole chain against its head row and the head file. */
  verify(options?: { signal?: AbortSignal }): Promise<{ ok: true; records: number }>
  /** Records after `after` in order, at most `limit`, of one kind if given. */
  read(page: { after: number; limit: number; kind?: string }): Promise<RecordRow[]>
  withTables<Other>(): RecordChain<Other>
}

export function recordChain<Tables = unknown>(options: {
  database: Database<Tables>
  dataDir: string
  clock: Clock
}): RecordChain<Tables> {
  return new DatabaseRecordChain(options) as RecordChain as RecordChain<Tables>
}

class DatabaseRecordChain implements RecordChain {
  readonly #database: Database<RecordTables>
  readonly #dataDir: string
  readonly #clock: Clock
  readonly #inside = new AsyncLocalStorage<{ open: boolean; appended: boolean }>()
  #moving: { started: boolean; done: Promise<RecordHead> } | undefined

  constructor({
    database,
    dataDir,
    clock,
  }: {
    database: AnyDatabase
    dataDir: string
    clock: Clock
  }) {
    this.#database = database.withTables<RecordTables>()
    this.#dataDir = dataDir
    this.#clock = clock
  }

  withTables<Other>(): RecordChain<Other> {
    return this as RecordChain as RecordChain<Other>
  }

  async transaction<T>(fn: (trx: Transaction<unknown>) => Promise<T>): Promise<T> {
    const scope = { open: true, appended: false }
    let result: T
    try {
      result = await this.#database
        .withTables<unknown>()
        .transaction((trx) => this.#inside.run(scope, () => fn(trx)))
    } finally {
      scope.open = false
    }
    if (scope.appended) await this.advanceHead()
    return result
  }

  async append(trx: AnyTransaction, entries: readonly RecordEntry[]): Promise<RecordHead> {
    const scope = this.#inside.getStore()
    if (!scope?.open) {
      throw new QuorumError('INTERNAL', {
        reason:
          'Records were appended outside RecordChain.transaction, so the head file would not follow.',
      })
    }
    const head = await appendRecords(trx, entries, { at: this.#clock.now() })
    scope.appended = true
    return head
  }

  /** Commits that end while the file is being written share the next write. */
  async advanceHead(): Promise<RecordHead> {
    if (this.#moving && !this.#moving.started) return this.#moving.done
    const before = this.#moving?.done.catch(() => undefined)
    const moving = { started: false, done: Promise.resolve<RecordHead>({ seq: 0, hash: '' }) }
    moving.done = (async () => {
      await before
      moving.started = true
      return moveHeadFile(this.#database, this.#dataDir)
    })()
    this.#moving = moving
    return moving.done
  }

  async verify({ signal }: { signal?: AbortSignal } = {}): Promise<{ ok: true; records: number }> {
    const knownHead = await readHeadFile(this.#dataDir)
    const options: VerifyOptions = { knownHead, signal }
    return verifyRecords(this.#database, options)
  }

  async read({
    after,
    limit,
    kind,
  }: {
    after: number
    limit: number
    kind?: string
  }): Promise<RecordRow[]> {
    return this.#database.kysely
      .selectFrom('records')
      .selectAll()
      .where('seq', '>', after)
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind!))
      .orderBy('seq')
      .limit(limit)
      .execute()
  }
}
