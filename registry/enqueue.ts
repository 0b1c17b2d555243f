/** Enqueues a run: its row and the queue's job in one transaction, the caller's or one of its own. */
import type { AnyTransaction, Database } from '../core/database/index.ts'
import type { Queue } from '../core/queue.ts'
import type { RunKind } from './run.ts'
import type { Runs } from './runs.ts'
import type { RegistryTables } from './schema.ts'

/** Queue of everything that a worker does; its payload is `{ run }`, the id of a run. */
export const runQueue = 'runs'

export type Enqueue = (
  kind: RunKind,
  payload: unknown,
  options?: { readonly model?: string | null; readonly trx?: AnyTransaction },
) => Promise<string>

export function enqueuer(database: Database<RegistryTables>, runs: Runs, queue: Queue): Enqueue {
  return async (kind, payload, { model = null, trx } = {}) => {
    await queue.start()
    const work = async (inner: AnyTransaction): Promise<string> => {
      const id = await runs.create(kind, payload, { model, mode: 'queued', trx: inner })
      await queue.send(runQueue, { run: id }, { trx: inner })
      return id
    }
    return trx === undefined ? database.transaction(work) : work(trx)
  }
}
