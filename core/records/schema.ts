/**
 * The tables of the record chain and what is hashed:
 *
 *     hash(seq) = sha256( hash(seq − 1) + canonicalJson({ at, body, kind, seq }) )      hash(0) = 64 zeros
 *
 * as UTF-8 text, the previous hash in hex directly before the opening brace (canonical JSON: RFC 8785). `body` is stored as
 * its canonical text, so any changed byte changes the hash. The one row of `record_head` is locked by every append, which puts
 * concurrent appends in one order, and shows a cut-off end even after new records were appended to it.
 */
import { sql } from 'kysely'
import { canonicalJson, sha256, type Json } from '../canonical-json.ts'
import type { Migration } from '../database/index.ts'

export interface RecordTables {
  records: { seq: number; at: number; kind: string; body: string; hash: string }
  record_head: { id: number; seq: number; hash: string }
}

/** A record as it is stored; `body` is canonical JSON. */
export type RecordRow = RecordTables['records']

/** The last record of a chain; `seq` 0 with the genesis hash is the empty chain. */
export interface RecordHead {
  readonly seq: number
  readonly hash: string
}

export interface RecordEntry {
  /** What it tells of: `order`, `fill`, `alias.moved` … */
  readonly kind: string
  readonly body: Json
}

export const genesisHash = '0'.repeat(64)

export const recordMigrations: readonly Migration[] = [
  {
    name: 'records/001-chain',
    up: async (trx) => {
      await sql`create table records (
        seq int8 primary key,
        at int8 not null,
        kind text not null,
        body text not null,
        hash text not null
      )`.execute(trx)
      await sql`create index records_kind on records (kind, seq)`.execute(trx)
      await sql`create table record_head (
        id int primary key check (id = 1),
        seq int8 not null,
        hash text not null
      )`.execute(trx)
      await sql`insert into record_head (id, seq, hash) values (1, 0, ${genesisHash})`.execute(trx)
    },
  },
]

/** `body` must be canonical already. */
export function hashRecord(previousHash: string, record: Omit<RecordRow, 'hash'>): string {
  const { seq, at, kind, body } = record
  return sha256(
    `${previousHash}{"at":${canonicalJson(at)},"body":${body},"kind":${canonicalJson(kind)},"seq":${canonicalJson(seq)}}`,
  )
}
