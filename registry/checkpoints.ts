/** Checkpoints of running fits, kept with the run: a retried run goes on where the lost attempt stopped. */
import type { Clock } from '../core/clock.ts'
import type { Database } from '../core/database/database.ts'
import type { Checkpoint } from '../models/index.ts'
import type { Claim } from './run.ts'
import type { Runs } from './runs.ts'
import type { RegistryTables } from './schema.ts'

export function runCheckpoint(
  { database, runs, clock }: { database: Database<RegistryTables>; runs: Runs; clock: Clock },
  claim: Claim,
  name: string,
): Checkpoint {
  return {
    async load() {
      const row = await database.kysely
        .selectFrom('checkpoints')
        .select('state')
        .where('run_id', '=', claim.run.id)
        .where('name', '=', name)
        .executeTakeFirst()
      return row?.state
    },
    async save(state) {
      await database.transaction(async (trx) => {
        await runs.checkAttempt(trx, claim)
        const values = { state, saved_at: clock.now() }
        await trx
          .insertInto('checkpoints')
          .values({ run_id: claim.run.id, name, ...values })
          .onConflict((conflict) => conflict.columns(['run_id', 'name']).doUpdateSet(values))
          .execute()
      })
    },
  }
}
