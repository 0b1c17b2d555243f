/** Runs whose worker went silent or is gone: back to the queue, or failed. */
import type { Database } from '../core/database/database.ts'
import type { RunError } from './run.ts'
import type { RegistryTables } from './schema.ts'

/** A running run that has not said anything for this long lost its worker. */
const silentAfterMs = 15_000
/** A run that took its worker down this often is not tried again. */
const maxAttempts = 3

export async function requeueLost(
  database: Database<RegistryTables>,
  now: number,
  { everyRunning }: { readonly everyRunning: boolean },
): Promise<{ requeued: string[]; failed: string[] }> {
  return database.transaction(async (trx) => {
    const rows = await trx
      .selectFrom('runs')
      .select(['id', 'mode', 'attempt', 'heartbeat_at', 'cancel_requested'])
      .where('state', '=', 'running')
      .forUpdate()
      .execute()
    const lost = rows.filter((row) => isSilent(row, now) || (everyRunning && row.mode === 'queued'))
    const requeued: string[] = []
    const failed: string[] = []
    for (const row of lost) {
      const retry = row.mode === 'queued' && row.attempt < maxAttempts && !row.cancel_requested
      const error = JSON.stringify(lostWorker(row))
      await trx
        .updateTable('runs')
        .set(
          retry
            ? { state: 'queued', owner: null, heartbeat_at: null }
            : { state: row.cancel_requested ? 'cancelled' : 'failed', error, ended_at: now },
        )
        .where('id', '=', row.id)
        .execute()
      ;(retry ? requeued : failed).push(row.id)
    }
    return { requeued, failed }
  })
}

export async function failAbandoned(
  database: Database<RegistryTables>,
  now: number,
  isGone: (owner: string) => boolean,
): Promise<void> {
  await database.transaction(async (trx) => {
    const rows = await trx
      .selectFrom('runs')
      .select(['id', 'owner', 'attempt', 'heartbeat_at'])
      .where('state', '=', 'running')
      .where('mode', '=', 'inline')
      .forUpdate()
      .execute()
    for (const row of rows) {
      if (!isSilent(row, now) && !isGone(row.owner ?? '')) continue
      await trx
        .updateTable('runs')
        .set({ state: 'failed', error: JSON.stringify(lostWorker(row)), ended_at: now })
        .where('id', '=', row.id)
        .execute()
    }
  })
}

function isSilent({ heartbeat_at }: { heartbeat_at: number | null }, now: number): boolean {
  return (heartbeat_at ?? 0) < now - silentAfterMs
}

function lostWorker({ id, attempt }: { id: string; attempt: number }): RunError {
  return {
    code: 'WORKER_CRASHED',
    message: `The worker of run ${id} went silent in attempt ${attempt}.`,
    details: { task: id, reason: 'went silent' },
  }
}
