/** Appending to the chain inside a caller's transaction. */
import type { Transaction } from 'kysely'
import { canonicalJson } from '../canonical-json.ts'
import { checkInteger } from '../checks.ts'
import type { AnyTransaction } from '../database/index.ts'
import {
  hashRecord,
  type RecordEntry,
  type RecordHead,
  type RecordRow,
  type RecordTables,
} from './schema.ts'

/** Rows an insert may have: five parameters each, of which PostgreSQL takes 65,535. */
const rowsPerInsert = 5_000

/**
 * Appends records and returns the new head; they and whatever else the transaction writes appear together or not at all.
 * Prefer `RecordChain.append`, which also moves the head file.
 *
 * @param at milliseconds since the epoch
 */
export async function appendRecords(
  trx: AnyTransaction,
  entries: readonly RecordEntry[],
  { at }: { at: number },
): Promise<RecordHead> {
  checkInteger('at', at)
  const db = trx as Transaction<RecordTables>
  let head: RecordHead = await db
    .selectFrom('record_head')
    .select(['seq', 'hash'])
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (entries.length === 0) return head
  const rows: RecordRow[] = []
  for (const { kind, body } of entries) {
    const record = { seq: head.seq + 1, at, kind, body: canonicalJson(body) }
    const hash = hashRecord(head.hash, record)
    rows.push({ ...record, hash })
    head = { seq: record.seq, hash }
  }
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    await db
      .insertInto('records')
      .values(rows.slice(from, from + rowsPerInsert))
      .execute()
  }
  await db.updateTable('record_head').set(head).execute()
  return head
}
