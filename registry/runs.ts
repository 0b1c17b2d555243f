/** The runs table: create, claim, report, finish, cancel, and what happens to runs whose worker went silent. */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Clock } from '../core/clock.ts'
import { unknownName } from '../core/checks.ts'
import type { AnyTransaction, Database } from '../core/database/database.ts'
import { asQuorumError, QuorumError, type ErrorCode } from '../core/errors.ts'
import { failAbandoned, requeueLost } from './lost-runs.ts'
import type { Claim, Run, RunKind, RunMode, RunProgress, RunState } from './run.ts'
import type { RegistryTables } from './schema.ts'

/** How often a worker says that it lives and how far it is; as soon as this it sees that it is to cancel. */
export const heartbeatIntervalMs = 1_000

const active: readonly RunState[] = ['queued', 'running']
/** A run that ends so may be run again and goes on from its checkpoints; any other end would only come again. */
const interrupted: readonly ErrorCode[] = ['CANCELLED', 'WORKER_CRASHED']
/** Nobody repeats a command after this; what it left is removed when another run succeeds. */
const checkpointsKeptMs = 7 * 86_400_000

export class Runs {
  readonly #database: Database<RegistryTables>
  readonly #clock: Clock

  constructor(database: Database<RegistryTables>, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async create(
    kind: RunKind,
    payload: unknown,
    { model = null, mode, trx }: { model?: string | null; mode: RunMode; trx?: AnyTransaction },
  ): Promise<string> {
    const id = randomUUID()
    const executor = (trx ?? this.#database.kysely) as Database<RegistryTables>['kysely']
    await executor
      .insertInto('runs')
      .values({
        id,
        kind,
        mode,
        model,
        state: 'queued',
        payload: JSON.stringify(payload),
        owner: null,
        attempt: 0,
        heartbeat_at: null,
        progress: null,
        cancel_requested: false,
        result: null,
        error: null,
        created_at: this.#clock.now(),
        started_at: null,
        ended_at: null,
      })
      .execute()
    return id
  }

  /** Takes a queued run; undefined when another worker has it, it was cancelled, or it is done. */
  async claim(id: string, owner: string): Promise<Claim | undefined> {
    const now = this.#clock.now()
    const row = await this.#database.kysely
      .updateTable('runs')
      .set((eb) => ({
        state: 'running',
        owner,
        attempt: eb('attempt', '+', 1),
        heartbeat_at: now,
        started_at: now,
      }))
      .where('id', '=', id)
      .where('state', '=', 'queued')
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) return undefined
    const run = toRun(row)
    return { run, owner, attempt: run.attempt }
  }

  /** Says that the worker lives. Answers whether it should go on: not when cancelled or no longer its run. */
  async heartbeat(claim: Claim, progress?: RunProgress): Promise<'continue' | 'cancel' | 'lost'> {
    const row = await this.#database.kysely
      .updateTable('runs')
      .set({
        heartbeat_at: this.#clock.now(),
        ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
      })
      .where('id', '=', claim.run.id)
      .where('attempt', '=', claim.attempt)
      .where('state', '=', 'running')
      .returning('cancel_requested')
      .executeTakeFirst()
    if (row === undefined) return 'lost'
    return row.cancel_requested ? 'cancel' : 'continue'
  }

  /**
   * First statement of every transaction that commits a run's work: locks the row and refuses a worker that came back from
   * the dead. @throws STALE_ATTEMPT
   */
  async checkAttempt(trx: AnyTransaction, claim: Claim): Promise<void> {
    const row = await (trx as Database<RegistryTables>['kysely'])
      .selectFrom('runs')
      .select(['attempt', 'state'])
      .where('id', '=', claim.run.id)
      .forUpdate()
      .executeTakeFirst()
    if (row?.attempt !== claim.attempt || row.state !== 'running') {
      throw new QuorumError('STALE_ATTEMPT', {
        run: claim.run.id,
        current: row?.attempt ?? 0,
        attempt: claim.attempt,
      })
    }
  }

  /** Ends a run inside the transaction that commits its work. */
  async succeed(trx: AnyTransaction, claim: Claim, result: unknown): Promise<void> {
    await this.checkAttempt(trx, claim)
    const kysely = trx as Database<RegistryTables>['kysely']
    await kysely
      .updateTable('runs')
      .set({ state: 'succeeded', result: JSON.stringify(result), ended_at: this.#clock.now() })
      .where('id', '=', claim.run.id)
      .execute()
    await kysely
      .deleteFrom('checkpoints')
      .where((eb) =>
        eb.or([
          eb('run_id', '=', claim.run.id),
          eb('saved_at', '<', this.#clock.now() - checkpointsKeptMs),
        ]),
      )
      .execute()
  }

  /** Ends a run that threw; a CANCELLED error makes it cancelled. Does nothing when the run is no longer this worker's. */
  async fail(claim: Claim, thrown: unknown): Promise<void> {
    const error = asQuorumError(thrown)
    const { kysely } = this.#database
    const { numUpdatedRows } = await kysely
      .updateTable('runs')
      .set({
        state: error.code === 'CANCELLED' ? 'cancelled' : 'failed',
        error: JSON.stringify({ code: error.code, message: error.message, details: error.details }),
        ended_at: this.#clock.now(),
      })
      .where('id', '=', claim.run.id)
      .where('attempt', '=', claim.attempt)
      .where('state', '=', 'running')
      .executeTakeFirst()
    if (interrupted.includes(error.code) || numUpdatedRows === 0n) return
    await kysely.deleteFrom('checkpoints').where('run_id', '=', claim.run.id).execute()
  }

  /** Gives a running run back to the queue, for a worker that is told to stop. */
  async release(claim: Claim): Promise<void> {
    await this.#database.kysely
      .updateTable('runs')
      .set((eb) => ({
        state: 'queued',
        owner: null,
        heartbeat_at: null,
        attempt: eb('attempt', '-', 1),
      }))
      .where('id', '=', claim.run.id)
      .where('attempt', '=', claim.attempt)
      .where('state', '=', 'running')
      .execute()
  }

  /** A queued run is cancelled at once, a running one is asked to end; a run that has ended is a conflict. */
  async cancel(id: string): Promise<Run> {
    const now = this.#clock.now()
    await this.#database.transaction(async (trx) => {
      const row = await trx
        .selectFrom('runs')
        .select('state')
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (row === undefined) throw await this.#unknown(id, trx)
      if (!active.includes(row.state)) {
        throw new QuorumError('CONFLICT', {
          reason: `Run ${id} has already ${row.state}; only queued or running runs can be cancelled.`,
        })
      }
      const change = row.state === 'queued' ? { state: 'cancelled' as const, ended_at: now } : {}
      await trx
        .updateTable('runs')
        .set({ cancel_requested: true, ...change })
        .where('id', '=', id)
        .execute()
    })
    return this.get(id)
  }

  /**
   * Deals with runs that lost their worker: queued work goes back to the queue (or fails after `maxAttempts`), inline work
   * fails. `everyRunning`: the process that ran them is known to be gone, do not wait for silence (embedded owner at start);
   * inline runs of other living commands are left alone by it.
   */
  requeueLost({ everyRunning = false } = {}): Promise<{ requeued: string[]; failed: string[] }> {
    return requeueLost(this.#database, this.#clock.now(), { everyRunning })
  }

  /**
   * Fails inline runs whose command is gone: silent, or by what `isGone` knows of their owner. Commands call it when they
   * begin, since nobody watches over inline runs where no worker is started.
   */
  failAbandoned(isGone: (owner: string) => boolean): Promise<void> {
    return failAbandoned(this.#database, this.#clock.now(), isGone)
  }

  async get(id: string): Promise<Run> {
    const row = await this.#database.kysely
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw await this.#unknown(id, this.#database.kysely)
    return toRun(row)
  }

  async list({
    limit = 50,
    state,
    model,
  }: { limit?: number; state?: RunState; model?: string } = {}): Promise<Run[]> {
    let query = this.#database.kysely
      .selectFrom('runs')
      .selectAll()
      .orderBy('created_at', 'desc')
      .limit(limit)
    if (state !== undefined) query = query.where('state', '=', state)
    if (model !== undefined) query = query.where('model', '=', model)
    return (await query.execute()).map(toRun)
  }

  /** Whether queued or running work of this kind exists for a model. */
  async isActive(kind: RunKind, model: string): Promise<boolean> {
    const row = await this.#database.kysely
      .selectFrom('runs')
      .select('id')
      .where('kind', '=', kind)
      .where('model', '=', model)
      .where('mode', '=', 'queued')
      .where('state', 'in', active)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  async #unknown(id: string, kysely: Database<RegistryTables>['kysely']): Promise<QuorumError> {
    const rows = await kysely
      .selectFrom('runs')
      .select('id')
      .orderBy('created_at', 'desc')
      .limit(12)
      .execute()
    return unknownName(
      'run',
      id,
      rows.map((row) => row.id),
    )
  }
}

function toRun(row: Selectable<RegistryTables['runs']>): Run {
  return {
    id: row.id,
    kind: row.kind,
    mode: row.mode,
    model: row.model,
    state: row.state,
    payload: row.payload,
    owner: row.owner,
    attempt: row.attempt,
    heartbeatAt: row.heartbeat_at,
    progress: row.progress as RunProgress | null,
    cancelRequested: row.cancel_requested,
    result: row.result,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}
