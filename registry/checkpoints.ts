/**
 * Checkpoints of fits under way, one row a fit, replaced whole. A fit is named by a hash of everything that decides its
 * course, so whoever runs the same fit again, a retried run or a person repeating a command, goes on where the lost one
 * stopped, and nobody goes on from another's.
 */
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import type { Database } from '../core/database/database.ts'
import type { Claim } from './run.ts'
import type { Runs } from './runs.ts'
import type { CheckpointPosition, RegistryTables } from './schema.ts'

export interface SavedCheckpoint {
  readonly state: Uint8Array
  readonly position: CheckpointPosition
  readonly run: string
  readonly savedAt: number
}

export interface FitCheckpoint {
  /** The newest state of this very fit, this run's from now on; with `ownOnly` not one that another run left. */
  load(options?: { readonly ownOnly?: boolean }): Promise<SavedCheckpoint | undefined>
  /** @throws STALE_ATTEMPT where the run is another worker's by now. */
  save(state: Uint8Array, position: CheckpointPosition): Promise<void>
  drop(): Promise<void>
  /** Removes what ended runs left of this model's other fits, and answers those runs. */
  dropOthers(): Promise<string[]>
}

export function fitCheckpoint(
  { database, runs, clock }: { database: Database<RegistryTables>; runs: Runs; clock: Clock },
  claim: Claim,
  { fit, model }: { readonly fit: string; readonly model: string },
): FitCheckpoint {
  const run_id = claim.run.id
  return {
    load({ ownOnly = false } = {}) {
      return database.transaction(async (trx) => {
        await runs.checkAttempt(trx, claim)
        const row = await trx
          .selectFrom('checkpoints')
          .selectAll()
          .where('fit', '=', fit)
          .where((eb) => (ownOnly ? eb('run_id', '=', run_id) : sql<boolean>`true`))
          .executeTakeFirst()
        if (row === undefined) return undefined
        await trx.updateTable('checkpoints').set({ run_id }).where('fit', '=', fit).execute()
        const { state, position, saved_at } = row
        return { state, position, run: row.run_id, savedAt: saved_at }
      })
    },
    async save(state, position) {
      await database.transaction(async (trx) => {
        await runs.checkAttempt(trx, claim)
        const values = {
          ...{ run_id, model, state, position: JSON.stringify(position) },
          saved_at: clock.now(),
        }
        await trx
          .insertInto('checkpoints')
          .values({ fit, ...values })
          .onConflict((conflict) => conflict.column('fit').doUpdateSet(values))
          .execute()
      })
    },
    async drop() {
      await database.kysely.deleteFrom('checkpoints').where('fit', '=', fit).execute()
    },
    async dropOthers() {
      const rows = await database.kysely
        .deleteFrom('checkpoints')
        .where('model', '=', model)
        .where('fit', '!=', fit)
        .where('run_id', 'not in', (eb) =>
          eb.selectFrom('runs').select('id').where('state', 'in', ['queued', 'running']),
        )
        .returning('run_id')
        .execute()
      return rows.map((row) => row.run_id)
    },
  }
}
