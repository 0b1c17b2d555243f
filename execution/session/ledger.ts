/** The ledger: what one moment changed (snapshot, cursor, equity, orders, fills, records), written in one transaction. */
import type { Json } from '../../core/canonical-json.ts'
import type { Clock } from '../../core/clock.ts'
import type { AnyTransaction, Database } from '../../core/database/index.ts'
import { QuorumError } from '../../core/errors.ts'
import type { RecordChain } from '../../core/records/index.ts'
import type { ExecutionTables } from '../schema.ts'
import type { ArmMoment, SessionSnapshot } from './arm-runtime.ts'
import type { LatestMoment } from './sessions.ts'

type Executor = Database<ExecutionTables>['kysely']

export interface MomentChange {
  readonly id: string
  readonly time: number
  readonly snapshot: SessionSnapshot
  readonly latest: LatestMoment
  readonly arms: readonly (readonly [string, ArmMoment])[]
}

/** @throws CONFLICT where the session is no longer running or another process is already past this moment. */
export async function commitMoment(
  trx: AnyTransaction,
  { records, clock }: { records: RecordChain<ExecutionTables>; clock: Clock },
  { id, time, snapshot, latest, arms }: MomentChange,
): Promise<void> {
  const kysely = trx as Executor
  const updated = await kysely
    .updateTable('sessions')
    .set({
      cursor: time,
      snapshot: JSON.stringify(snapshot),
      latest: JSON.stringify(latest),
      updated_at: clock.now(),
    })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where((eb) => eb.or([eb('cursor', 'is', null), eb('cursor', '<', time)]))
    .executeTakeFirst()
  if (updated.numUpdatedRows !== 1n) {
    throw new QuorumError('CONFLICT', {
      reason: `Session ${id} was ended or is worked on by another process.`,
    })
  }
  for (const [arm, moment] of arms) await insertArm(kysely, id, arm, time, moment)
  const entries = arms.flatMap(([, moment]) => moment.records)
  if (entries.length === 0) return
  await records.append(
    trx,
    entries.map(({ kind, body }) => ({ kind, body: { session: id, ...body } as unknown as Json })),
  )
}

async function insertArm(
  kysely: Executor,
  session_id: string,
  arm: string,
  time: number,
  { equity, cash, netReturn, exposure, orders, fills }: ArmMoment,
): Promise<void> {
  await kysely
    .insertInto('equity')
    .values({ session_id, arm, time, equity, cash, net_return: netReturn, exposure })
    .execute()
  if (orders.length > 0) {
    await kysely
      .insertInto('orders')
      .values(
        orders.map(({ id, symbol, side, units, type, price, state, reason, submittedAt }) => ({
          session_id,
          arm,
          id,
          symbol,
          side,
          units,
          type,
          price: price ?? null,
          state,
          reason: reason ?? null,
          submitted_at: submittedAt,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['session_id', 'id']).doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          reason: eb.ref('excluded.reason'),
          units: eb.ref('excluded.units'),
          price: eb.ref('excluded.price'),
        })),
      )
      .execute()
  }
  if (fills.length > 0) {
    await kysely
      .insertInto('fills')
      .values(
        fills.map(({ orderId, ...fill }) => ({ session_id, arm, order_id: orderId, ...fill })),
      )
      .execute()
  }
}
