/**
 * Checking a chain: every record's hash from the one before it, no number missing, and the end where the head row and the
 * head file say it is.
 */
import { checkInteger } from '../checks.ts'
import type { AnyDatabase } from '../database/index.ts'
import { QuorumError } from '../errors.ts'
import {
  genesisHash,
  hashRecord,
  type RecordHead,
  type RecordRow,
  type RecordTables,
} from './schema.ts'

const pageRows = 1_000

export interface VerifyOptions {
  /** The head known outside the database: the head file's, or an export's. */
  readonly knownHead?: RecordHead | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the chain in pages up to the head at the time of the call; later appends do not disturb it.
 *
 * @throws INTEGRITY naming the first bad `seq` and what is wrong with it.
 */
export async function verifyRecords(
  database: AnyDatabase,
  { knownHead, signal }: VerifyOptions = {},
): Promise<{ ok: true; records: number }> {
  const db = database.withTables<RecordTables>().kysely
  // One statement, so that head and last record are of one moment.
  const start = await db
    .selectFrom('record_head')
    .select(['seq', 'hash'])
    .select((eb) => eb.selectFrom('records').select(eb.fn.max('seq').as('last')).as('last'))
    .executeTakeFirst()
  if (!start) throw broken(1, 'the head row is missing')
  const checker = new ChainChecker(knownHead)
  while (checker.seq < start.seq) {
    signal?.throwIfAborted()
    const page = await db
      .selectFrom('records')
      .selectAll()
      .where('seq', '>', checker.seq)
      .where('seq', '<=', start.seq)
      .orderBy('seq')
      .limit(pageRows)
      .execute()
    if (page.length === 0) break
    for (const record of page) checker.add(record)
  }
  checker.finish(start)
  const last = start.last ?? 0
  if (last > start.seq) {
    throw broken(
      start.seq + 1,
      `the head row ends at seq ${start.seq}, but there are records up to ${last}`,
    )
  }
  return { ok: true, records: checker.seq }
}

/** Walks a chain record by record; one behind, so that the next record can tell which side of a mismatch was changed. */
export class ChainChecker {
  readonly #known: RecordHead | undefined
  #seq = 0
  #hash = genesisHash
  #suspect: { seq: number; stored: string; computed: string } | undefined

  constructor(known?: RecordHead) {
    if (known) checkInteger('the known head', known.seq, { min: 0 })
    this.#known = known
  }

  /** The last record added. */
  get seq(): number {
    return this.#seq
  }

  add(record: RecordRow): void {
    const { seq, hash } = record
    if (this.#suspect) this.#blame((previous) => hashRecord(previous, record) === hash)
    if (seq !== this.#seq + 1) throw broken(this.#seq + 1, `seq ${this.#seq + 1} is missing`)
    const computed = hashRecord(this.#hash, record)
    if (computed !== hash) this.#suspect = { seq, stored: hash, computed }
    this.#seq = seq
    this.#hash = hash
    // The file's own copy of a hash shows a chain that was rewritten as a whole.
    if (!this.#suspect && this.#known?.seq === seq && this.#known.hash !== hash) {
      throw broken(
        seq,
        'the head kept outside the database has another hash: the records were rewritten',
      )
    }
  }

  finish(head: RecordHead): void {
    if (this.#suspect) this.#blame((previous) => previous === head.hash)
    if (this.#seq < head.seq) {
      throw broken(this.#seq + 1, `the end is cut off: the head row says seq ${head.seq}`)
    }
    if (this.#hash !== head.hash) throw broken(head.seq, 'the head row has another hash')
    if (this.#known && this.#known.seq > this.#seq) {
      const { seq } = this.#known
      throw broken(
        this.#seq + 1,
        `the end is cut off: the head kept outside the database says seq ${seq}`,
      )
    }
  }

  /** The stored hash is the right one if what follows was built on it: then the content was changed, else the hash. */
  #blame(followsFrom: (previous: string) => boolean): never {
    const { seq, stored, computed } = this.#suspect!
    const hashChanged = !followsFrom(stored) && followsFrom(computed)
    throw broken(seq, hashChanged ? 'its hash was changed' : 'its body, kind or time was changed')
  }
}

function broken(seq: number, reason: string): QuorumError {
  return new QuorumError('INTEGRITY', {
    subject: 'The record chain',
    reason: `seq ${seq}: ${reason}`,
    seq,
  })
}
