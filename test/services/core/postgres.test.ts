/** What only a server can do: be away, refuse, and drop connections. */
import { createServer } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { openDatabase, openPostgresEngine, type Database } from '../../../core/database/index.ts'
import { silentLog } from '../../../core/log.ts'
import { describeTarget } from '../../../core/database/postgres-engine.ts'
import { createTestDatabase } from '../../support/database.ts'

async function refusal(databaseUrl: string): Promise<Error> {
  const options = { dataDir: '/nowhere', clock: systemClock, log: silentLog, databaseUrl }
  return openDatabase(options).then(
    () => new Error('it opened'),
    (error: unknown) => error as Error,
  )
}

describe('the target in messages', () => {
  it.each([
    ['postgres://u:hush@db.example.org/quorum', 'db.example.org:5432/quorum'],
    ['postgresql://u:hush@[::1]:6000/q?password=hush', '[::1]:6000/q'],
    ['postgres:///q?host=/var/run/postgresql', '/var/run/postgresql:5432/q'],
  ])('of %s holds no password', (url, target) => {
    expect(describeTarget(url)).toBe(target)
  })

  it.each(['mysql://u:hush@h/d', 'u:hush@h', 'postgres://u:hush@h:port/d'])(
    'of %s is refused',
    async (url) => {
      const error = await refusal(url)
      expect(error).toMatchObject({ code: 'INVALID_VALUE', details: { name: 'database.url' } })
      expect(String(error)).not.toContain('hush')
    },
  )
})

describe('a server that is away', () => {
  it('is named, without the password', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const error = await refusal(`postgres://u:hush@127.0.0.1:${port}/quorum`)
    expect(error).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      details: { target: `127.0.0.1:${port}/quorum` },
    })
    expect(error.message).toContain('ECONNREFUSED')
    expect(String(error) + JSON.stringify(error)).not.toContain('hush')
  })
})

describe('a server', () => {
  let url: string
  let drop: () => Promise<void>
  let database: Database

  beforeAll(async () => {
    ;({ url, drop } = await createTestDatabase())
    const options = { dataDir: '/nowhere', clock: systemClock, log: silentLog, databaseUrl: url }
    database = await openDatabase({ ...options, leaseIdleMs: 500, connections: 4 })
    await database.executeSql('create table t (n int); insert into t values (0)')
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  const killOthers = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  const n = async () => (await database.executeSql('select n from t')).rows[0]!['n']

  it('without that database is unavailable', async () => {
    const error = await refusal(`${url}_not`)
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(error.message).toContain('does not exist')
  })

  it('may drop the connection of a transaction: it is rolled back and told, and the next one works', async () => {
    const lost = database.transaction(async (trx) => {
      await sql`update t set n = 99`.execute(trx)
      await fromOutside(killOthers)
      await sql`select 1`.execute(trx)
    })
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await expect(lost).rejects.toThrow(/terminating connection|Connection terminated/)
    expect(await n()).toBe(0)
  })

  it('may drop a connection in the middle of a statement', async () => {
    const sleeping = database.executeSql('select pg_sleep(20)').catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await fromOutside(killOthers)
    expect(await sleeping).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await n()).toBe(0)
  })

  it('may drop idle connections', async () => {
    await Promise.all(Array.from({ length: 4 }, () => database.executeSql('select pg_sleep(0.05)')))
    await fromOutside(killOthers)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await Promise.all(Array.from({ length: 8 }, () => n()))).toStrictEqual(Array(8).fill(0))
  })

  it('rolls back a transaction that is left idle, with the words of the embedded one', async () => {
    const idle = database.transaction(async (trx) => {
      await sql`update t set n = 5`.execute(trx)
      await new Promise((resolve) => setTimeout(resolve, 900))
      await sql`select 1`.execute(trx)
    })
    await expect(idle).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(idle).rejects.toThrow('ran no statement for 0.5 s')
    expect(await n()).toBe(0)
  })

  it('gives back every connection, whatever happened on it', async () => {
    for (let i = 0; i < 20; i++) {
      await database.executeSql('begin; select 1 / 0; commit').catch(() => undefined)
      await database.transaction(() => Promise.reject(new Error('x'))).catch(() => undefined)
      await database.executeSql('begin')
    }
    const { rows } = await database.executeSql(
      `select count(*) as n from pg_stat_activity where datname = current_database() and state like 'idle in%'`,
    )
    expect(rows).toStrictEqual([{ n: 0 }])
  })

  async function fromOutside(text: string): Promise<void> {
    const engine = await openPostgresEngine({ databaseUrl: url, log: silentLog })
    const lease = await engine.acquire()
    await lease.execute(text)
    await lease.release()
    await engine.close()
  }
})
