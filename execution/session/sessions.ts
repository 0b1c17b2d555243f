/** Sessions as rows: what exists, for whoever looks or commands from another process. */
import { unknownName } from '../../core/checks.ts'
import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/database/index.ts'
import { QuorumError } from '../../core/errors.ts'
import type { Signal } from '../../models/index.ts'
import type { EngineCommand } from '../engine/engine.ts'
import type { ExecutionTables } from '../schema.ts'
import type { SessionSnapshot } from './arm-runtime.ts'
import type { SessionMode, SessionSpec, SessionState } from './spec.ts'

export interface LatestMoment {
  readonly time: number
  readonly arms: readonly {
    readonly arm: string
    readonly version: number
    readonly equity: number
    readonly netReturn: number
    readonly signals: readonly Signal[]
  }[]
}

export interface SessionRow {
  readonly id: string
  readonly mode: SessionMode
  readonly state: SessionState
  readonly spec: SessionSpec
  readonly inSample: boolean
  readonly cursor: number | null
  readonly snapshot: SessionSnapshot | null
  readonly latest: LatestMoment | null
  readonly reason: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

const abandonedAfterMs = 60_000

export class Sessions {
  readonly #database: Database<ExecutionTables>
  readonly #clock: Clock

  constructor(database: Database<ExecutionTables>, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async list({ limit = 50 } = {}): Promise<SessionRow[]> {
    const rows = await this.#database.kysely
      .selectFrom('sessions')
      .selectAll()
      .orderBy('created_at', 'desc')
      .limit(limit)
      .execute()
    return rows.map(toSessionRow)
  }

  /** @throws UNKNOWN_NAME */
  async get(id: string): Promise<SessionRow> {
    const row = await this.#database.kysely
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) {
      const known = await this.list({ limit: 20 })
      throw unknownName(
        'session',
        id,
        known.map((one) => one.id),
      )
    }
    return toSessionRow(row)
  }

  /** Asks the process that runs a session; taken at its next moment. @throws UNKNOWN_NAME, CONFLICT once it has ended. */
  async command(id: string, command: EngineCommand | 'stop', author: string): Promise<void> {
    const { state } = await this.get(id)
    if (state !== 'running')
      throw new QuorumError('CONFLICT', {
        reason: `Session ${id} is ${state}; only a running one takes commands.`,
      })
    await this.#database.kysely
      .insertInto('session_commands')
      .values({ session_id: id, command, author, at: this.#clock.now() })
      .execute()
  }

  /** Ends sessions whose command died: an inline session commits every moment, so a silent one has no one left to end it. */
  async stopAbandoned(): Promise<string[]> {
    const now = this.#clock.now()
    const rows = await this.#database.kysely
      .updateTable('sessions')
      .set({ state: 'stopped', reason: 'the command that ran it ended', updated_at: now })
      .where('mode', '=', 'inline')
      .where('state', '=', 'running')
      .where('updated_at', '<', now - abandonedAfterMs)
      .returning('id')
      .execute()
    return rows.map((row) => row.id)
  }

  /** Equity of each arm, oldest first, thinned evenly to about `points` moments; the last moment is always there. */
  async equity(
    id: string,
    { points = 1_000, after = 0 } = {},
  ): Promise<{ arm: string; time: number; equity: number }[]> {
    const { count } = await this.#database.kysely
      .selectFrom('equity')
      .select((eb) => eb.fn.count<number>('time').distinct().as('count'))
      .where('session_id', '=', id)
      .where('time', '>', after)
      .executeTakeFirstOrThrow()
    const every = Math.max(1, Math.ceil(count / points))
    return this.#database.kysely
      .selectFrom((eb) =>
        eb
          .selectFrom('equity')
          .select(['arm', 'time', 'equity'])
          .select((inner) =>
            inner.fn
              .agg<number>('row_number')
              .over((over) => over.partitionBy('arm').orderBy('time', 'desc'))
              .as('rank'),
          )
          .where('session_id', '=', id)
          .where('time', '>', after)
          .as('ranked'),
      )
      .select(['arm', 'time', 'equity'])
      .where((eb) => eb(eb('rank', '%', every), '=', every === 1 ? 0 : 1))
      .orderBy('time')
      .orderBy('arm')
      .execute()
  }
}

function toSessionRow(row: {
  id: string
  mode: SessionMode
  state: SessionState
  spec: SessionSpec
  in_sample: boolean
  cursor: number | null
  snapshot: SessionSnapshot | null
  latest: LatestMoment | null
  reason: string | null
  created_at: number
  updated_at: number
}): SessionRow {
  const { id, mode, state, spec, cursor, snapshot, latest, reason } = row
  return {
    id,
    mode,
    state,
    spec,
    inSample: row.in_sample,
    cursor,
    snapshot,
    latest,
    reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
