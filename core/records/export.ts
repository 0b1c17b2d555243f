/**
 * A chain as JSON lines: first the head, `{"head":{"hash","seq"}}`, then every record as `{"at","body","hash","kind","seq"}`,
 * all canonical. The head in front is what makes a later cut visible, whoever keeps the file.
 */
import { canonicalJson, type Json } from '../canonical-json.ts'
import type { AnyDatabase } from '../database/index.ts'
import { QuorumError } from '../errors.ts'
import { ChainChecker } from './verify.ts'
import type { RecordHead, RecordTables } from './schema.ts'

const pageRows = 1_000

/** Lines without their line ends. */
export async function* exportRecords(database: AnyDatabase): AsyncGenerator<string, RecordHead> {
  const db = database.withTables<RecordTables>().kysely
  const head = await db.selectFrom('record_head').select(['seq', 'hash']).executeTakeFirstOrThrow()
  yield canonicalJson({ head: { ...head } })
  for (let after = 0; after < head.seq;) {
    const page = await db
      .selectFrom('records')
      .selectAll()
      .where('seq', '>', after)
      .where('seq', '<=', head.seq)
      .orderBy('seq')
      .limit(pageRows)
      .execute()
    if (page.length === 0) break
    for (const { seq, at, kind, body, hash } of page) {
      yield canonicalJson({ seq, at, kind, hash, body: JSON.parse(body) as Json })
    }
    after = page.at(-1)!.seq
  }
  return head
}

/** @throws INTEGRITY as `verifyRecords`; BAD_DATA for a line that is no record. */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<{ ok: true; records: number }> {
  let head: RecordHead | undefined
  const checker = new ChainChecker()
  let number = 0
  for await (const line of lines) {
    number++
    try {
      const value = JSON.parse(line) as {
        head: RecordHead
        seq: number
        at: number
        kind: string
        hash: string
        body: Json
      }
      if (head) checker.add({ ...value, body: canonicalJson(value.body) })
      else head = { seq: value.head.seq, hash: value.head.hash }
    } catch (error) {
      if (error instanceof QuorumError && error.code === 'INTEGRITY') throw error
      throw new QuorumError(
        'BAD_DATA',
        {
          source: `line ${number} of the export`,
          reason: number === 1 ? 'it is no head' : 'it is no record',
        },
        { cause: error },
      )
    }
  }
  if (!head) throw new QuorumError('BAD_DATA', { source: 'The export', reason: 'it is empty' })
  checker.finish(head)
  return { ok: true, records: checker.seq }
}
