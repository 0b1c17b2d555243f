/**
 * The head of the chain outside the database: the file `head` in the data folder, one line `SEQ HASH`. It may lag (a kill
 * between commit and write), so it is moved forward at the owner's start; it never moves backward, so a chain that ends
 * before it has lost its end.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { sha256 } from '../canonical-json.ts'
import type { AnyDatabase } from '../database/index.ts'
import { QuorumError } from '../errors.ts'
import { writeFileAtomic } from '../files.ts'
import type { RecordHead, RecordTables } from './schema.ts'

/** @throws INTEGRITY where the file is there and is not a head. */
export async function readHeadFile(dataDir: string): Promise<RecordHead | undefined> {
  const path = join(dataDir, 'head')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const match = /^(\d{1,15}) ([0-9a-f]{64})\n$/.exec(text)
  if (!match) {
    throw new QuorumError('INTEGRITY', { subject: path, reason: 'it holds no line SEQ HASH' })
  }
  return { seq: Number(match[1]), hash: match[2]! }
}

/**
 * Moves the file up to the database's head; a file that is already there or further stays. The transaction's lock keeps
 * several processes on one folder from writing in the wrong order.
 */
export async function moveHeadFile(database: AnyDatabase, dataDir: string): Promise<RecordHead> {
  // The number is the folder's, not the chain's: appends of other machines do not wait for this disk.
  const key = Number.parseInt(sha256(`record head of ${dataDir}`).slice(0, 12), 16)
  return database.withTables<RecordTables>().transaction(async (trx) => {
    await sql`select pg_advisory_xact_lock(${key})`.execute(trx)
    const head = await trx
      .selectFrom('record_head')
      .select(['seq', 'hash'])
      .executeTakeFirstOrThrow()
    const file = await readHeadFile(dataDir)
    if (file && file.seq >= head.seq) return file
    await writeFileAtomic(join(dataDir, 'head'), `${head.seq} ${head.hash}\n`)
    return head
  })
}
