/**
 * Migrations: forward only, each in one transaction, its name recorded in the table `migrations`. Processes that start
 * together run each of them once.
 */
import { sql, type Transaction } from 'kysely'
import { QuorumError } from '../errors.ts'
import { check } from '../checks.ts'
import type { AnyDatabase, Database } from './database.ts'

export interface Migration {
  /** `namespace/001-what-it-does`; never changes once released. */
  readonly name: string
  up(trx: Transaction<unknown>): Promise<void>
}

/** Any constant of our own; it only has to differ from other users of the same server's advisory locks. */
const lockKey = 8_206_175_413

/**
 * Runs what has not run yet, in the given order, and returns the names it ran.
 *
 * @throws CONFLICT if the database holds a migration of one of these namespaces that is not in the list: it was written by a
 * newer version.
 */
export async function migrate(
  target: AnyDatabase,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const database: Database = target
  const names = new Set(migrations.map(({ name }) => name))
  check(
    names.size === migrations.length,
    'migration names',
    'unique',
    migrations.map((m) => m.name),
  )
  for (const { name } of migrations) {
    check(/^[\w-]+\/[\w.-]+$/.test(name), 'a migration name', 'namespace/name', name)
  }
  const applied = await database.transaction(async (trx) => {
    await lock(trx)
    await sql`create table if not exists migrations (name text primary key, position int not null)`.execute(
      trx,
    )
    return readApplied(trx)
  })
  refuseNewer(applied, names)
  const ran: string[] = []
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue
    await database.transaction(async (trx) => {
      await lock(trx)
      const before = await readApplied(trx)
      if (before.has(migration.name)) return
      await migration.up(trx)
      await sql`insert into migrations (name, position) values (${migration.name}, ${before.size})`.execute(
        trx,
      )
      ran.push(migration.name)
    })
  }
  return ran
}

async function lock(trx: Transaction<unknown>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lockKey})`.execute(trx)
}

async function readApplied(trx: Transaction<unknown>): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`select name from migrations`.execute(trx)
  return new Set(rows.map(({ name }) => name))
}

function refuseNewer(applied: ReadonlySet<string>, known: ReadonlySet<string>): void {
  const namespaces = new Set([...known].map(namespaceOf))
  const unknown = [...applied].filter(
    (name) => namespaces.has(namespaceOf(name)) && !known.has(name),
  )
  if (unknown.length > 0) {
    throw new QuorumError('CONFLICT', {
      reason: `The database was written by a newer version of Quorum (migration ${unknown.join(', ')}). Upgrade, or use another database.`,
    })
  }
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf('/'))
}
