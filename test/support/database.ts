/**
 * An isolated, empty database for a test: PGlite in memory, or with QUORUM_TEST_DATABASE=postgres a database of its own on
 * the server at DATABASE_URL. A missing server fails the test; nothing is skipped.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { systemClock } from '../../core/clock.ts'
import {
  createDatabase,
  migrate,
  openPGliteEngine,
  openPostgresEngine,
  type Database,
  type Migration,
  type SqlEngine,
} from '../../core/database/index.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { silentLog } from '../../core/log.ts'

export const testDatabaseKind: 'pglite' | 'postgres' =
  process.env['QUORUM_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'pglite'

export const testServerUrl =
  process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** Migrated if migrations are given. The caller closes it, which drops what it held. */
export async function openTestDatabase<Tables = unknown>(
  migrations: readonly Migration[] = [],
  kind = testDatabaseKind,
): Promise<Database<Tables>> {
  const engine = kind === 'postgres' ? await openTestPostgres() : await openTestPGlite()
  const database = createDatabase(engine)
  if (migrations.length > 0) await migrate(database, migrations)
  return database.withTables<Tables>()
}

export async function openTestPGlite(): Promise<SqlEngine> {
  return openPGliteEngine({ clock: systemClock, template: await template() })
}

/** A new database on the server and its URL; `drop` removes it, whoever is still connected. */
export async function createTestDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `quorum_test_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name}`)
  const url = new URL(testServerUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) }
}

/** The first test on a machine creates the database files (seconds); later ones load them from a tar. */
async function template(): Promise<Blob> {
  const require = createRequire(import.meta.url)
  const entry = require.resolve('@electric-sql/pglite')
  const { version } = JSON.parse(await readFile(join(entry, '../../package.json'), 'utf8')) as {
    version: string
  }
  const path = join(tmpdir(), `quorum-test-pglite-${version}.tar`)
  const cached = await readFile(path).catch(() => undefined)
  if (cached) return new Blob([cached])
  const fresh = await PGlite.create('memory://')
  const dump = await fresh.dumpDataDir('none')
  await fresh.close()
  await writeFileAtomic(path, new Uint8Array(await dump.arrayBuffer()))
  return dump
}

async function openTestPostgres(): Promise<SqlEngine> {
  const { url, drop } = await createTestDatabase()
  const engine = await openPostgresEngine({ databaseUrl: url, log: silentLog, connections: 5 })
  let closing: Promise<void> | undefined
  return {
    kind: engine.kind,
    mode: engine.mode,
    acquire: () => engine.acquire(),
    close: () => (closing ??= engine.close().then(drop)),
  }
}

async function onServer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: testServerUrl })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
