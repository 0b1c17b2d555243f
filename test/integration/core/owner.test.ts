/** One process owns an embedded folder: the lock, the channel, and what happens when either side goes. Real processes. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import {
  openDatabase,
  type Database,
  type OpenDatabaseOptions,
} from '../../../core/database/index.ts'
import { silentLog } from '../../../core/log.ts'
import { openQueue } from '../../../core/queue.ts'

const script = fileURLToPath(new URL('./database-child.js', import.meta.url))

interface Answer {
  readonly value?: unknown
  readonly error?: { code: string; message: string }
}

class Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  readonly wrote: number[] = []
  readonly exited: Promise<void>
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #next = 1

  constructor() {
    this.process = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.process.stdin.on('error', () => undefined)
    this.exited = new Promise((resolve) => this.process.on('exit', () => resolve()))
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer & { id: number; wrote?: number }
      if (answer.wrote !== undefined) this.wrote.push(answer.wrote)
      else this.#waiting.get(answer.id)?.(answer)
    })
  }

  ask(command: string, options: object = {}): Promise<Answer> {
    const id = this.#next++
    this.process.stdin.write(`${JSON.stringify({ id, command, ...options })}\n`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  /** The value, or the error as an exception of this process. */
  async get(command: string, options: object = {}): Promise<unknown> {
    const { value, error } = await this.ask(command, options)
    if (error) throw Object.assign(new Error(error.message), { code: error.code })
    return value
  }

  sql(text: string): Promise<unknown> {
    return this.get('sql', { text })
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}

let template: string
let dataDir: string
const children: Child[] = []
const databases: Database[] = []

async function open(options: Partial<OpenDatabaseOptions> = {}): Promise<Database> {
  const database = await openDatabase({ dataDir, clock: systemClock, log: silentLog, ...options })
  databases.push(database)
  return database
}

async function child(options?: object): Promise<Child> {
  const started = new Child()
  children.push(started)
  if (options) await started.get('open', { dataDir, ...options })
  return started
}

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'quorum-owner-'))
  const database = await openDatabase({ dataDir: template, clock: systemClock, log: silentLog })
  await database.executeSql('create table counter (n int); insert into counter values (0)')
  await database.executeSql('create table rows_of (pid int, id int, primary key (pid, id))')
  await database.close()
})
afterAll(() => rm(template, { recursive: true, force: true }))

async function setUp(): Promise<void> {
  dataDir = await mkdtemp(join(tmpdir(), 'quorum-owner-'))
  await cp(join(template, 'database'), join(dataDir, 'database'), { recursive: true })
}

async function tearDown(): Promise<void> {
  await Promise.all(children.splice(0).map((started) => started.kill()))
  await Promise.all(databases.splice(0).map((database) => database.close()))
  await rm(dataDir, { recursive: true, force: true })
}

/** Polls; a busy machine may take its time. */
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000 })

const counted = async (database: Database): Promise<unknown> =>
  (await database.executeSql('select n from counter')).rows[0]!['n']

describe('the channel', () => {
  let owner: Database
  beforeAll(async () => {
    await setUp()
    owner = await open({ leaseIdleMs: 2_500 })
  })
  afterAll(tearDown)
  beforeEach(() => owner.executeSql('update counter set n = 0'))

  it('serves other processes as if the database were theirs', async () => {
    const other = await child({ role: 'auto' })
    expect([owner.mode, await other.get('mode')]).toStrictEqual(['owner', 'client'])
    await other.sql('update counter set n = 7')
    expect(await counted(owner)).toBe(7)
    await expect(other.sql('select 1 / 0')).rejects.toMatchObject({ code: '22012' })
    expect(await other.sql('select 1 as a; select 2 as b')).toStrictEqual([{ b: 2 }])
  })

  it('keeps every type, and constraint names of errors', async () => {
    const client = await open()
    expect(client.mode).toBe('client')
    const { rows } = await client.executeSql(
      `select $1::int8 as big, $2::bytea as bytes, $3::float8 as nan, $4::float8 as zero, $5::jsonb as json,
       $6::timestamptz as time, null as none, $7::text[] as list, 'infinity'::timestamptz as ever`,
      [2n ** 60n, new Uint8Array([0, 255]), NaN, -0, { a: [1, 'ü'] }, new Date(5), ['a', null]],
    )
    expect(rows).toStrictEqual([
      {
        ...{ big: 2n ** 60n, bytes: new Uint8Array([0, 255]), nan: NaN, zero: -0 },
        ...{ json: { a: [1, 'ü'] }, time: 5, none: null, list: ['a', null], ever: Infinity },
      },
    ])
    await client.executeSql('insert into rows_of values (1, 1)')
    await expect(client.executeSql('insert into rows_of values (1, 1)')).rejects.toMatchObject({
      ...{ name: 'SqlError', code: '23505', constraint: 'rows_of_pkey', table: 'rows_of' },
    })
  })

  it('carries results of many megabytes, and many statements at a time', async () => {
    const client = await open()
    const [{ text }] = (await client.executeSql(`select repeat('x', 20000000) as text`)).rows as [
      { text: string },
    ]
    expect(text).toHaveLength(20_000_000)
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => client.executeSql('select $1::int as i', [i])),
    )
    expect(answers.map(({ rows }) => rows[0]!['i'])).toStrictEqual(
      Array.from({ length: 300 }, (_, i) => i),
    )
  })

  it('gives every transaction a turn of its own', async () => {
    const others = await Promise.all([child({ role: 'client' }), child({ role: 'client' })])
    const own = (async () => {
      for (let i = 0; i < 40; i++) {
        await owner.transaction(async (trx) => {
          const { rows } = await sql<{ n: number }>`select n from counter`.execute(trx)
          await sql`update counter set n = ${rows[0]!.n + 1}`.execute(trx)
        })
      }
    })()
    await Promise.all([own, ...others.map((other) => other.get('count', { times: 40 }))])
    expect(await counted(owner)).toBe(120)
  })

  it('rolls back a transaction that is left idle, and tells its process', async () => {
    const other = await child({ role: 'client' })
    await other.get('begin')
    await other.get('inside', { text: 'update counter set n = 99' })
    expect(await counted(owner)).toBe(0)
    await expect(other.get('inside', { text: 'select 1' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(other.get('inside', { text: 'select 1' })).rejects.toThrow(
      'ran no statement for 2.5 s',
    )
    await other.sql('update counter set n = 1')
    expect(await counted(owner)).toBe(1)
  })

  it('rolls back what a killed process had open', async () => {
    const other = await child({ role: 'client' })
    await other.get('begin')
    await other.get('inside', { text: 'update counter set n = 99' })
    const waiting = counted(owner)
    await other.kill()
    const killedAt = performance.now()
    expect(await waiting).toBe(0)
    // At once, not when its lease has been idle for too long.
    expect(performance.now() - killedAt).toBeLessThan(1_500)
  })

  it('never executes what a killed process still waited for', async () => {
    const other = await child({ role: 'client' })
    await owner.transaction(async (trx) => {
      void other.ask('sql', { text: 'update counter set n = 99' })
      await delay(200)
      await other.kill()
      await delay(100)
      await sql`update counter set n = n + 1`.execute(trx)
    })
    expect(await counted(owner)).toBe(1)
  })
})

describe('when the owner goes', () => {
  beforeEach(setUp)
  afterEach(tearDown)

  it('a killed one loses no acknowledged row, and the folder opens again', async () => {
    const owner = await child({ role: 'owner' })
    void owner.ask('write', { from: 1 })
    await until(() => expect(owner.wrote.length).toBeGreaterThan(50))
    await owner.kill()
    const last = Math.max(...owner.wrote)
    const database = await open({ role: 'owner', ownerWaitMs: 0 })
    const { rows } = await database.executeSql('select count(*) as n, max(id) as last from rows_of')
    expect(rows[0]!['n']).toBe(rows[0]!['last'])
    expect(rows[0]!['last']).toBeGreaterThanOrEqual(last)
  })

  it('a client in a transaction is told, and the next owner serves it', async () => {
    const owner = await child({ role: 'owner' })
    const client = await open({ role: 'client' })
    await expect(
      client.transaction(async (trx) => {
        await sql`update counter set n = 99`.execute(trx)
        await owner.kill()
        await sql`select 1`.execute(trx)
      }),
    ).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await expect(client.executeSql('select 1')).rejects.toThrow('no process holds it')
    const next = await open({ role: 'owner' })
    expect(await counted(client)).toBe(0)
    expect([next.mode, client.mode]).toStrictEqual(['owner', 'client'])
  })

  it('a command takes its place', async () => {
    const owner = await child({ role: 'owner' })
    const command = await open({ role: 'auto' })
    await command.executeSql('update counter set n = 3')
    expect(command.mode).toBe('client')
    await owner.kill()
    await until(async () => expect(await counted(command)).toBe(3))
    expect(command.mode).toBe('owner')
  })

  it('a transaction that had not begun goes to the next one', async () => {
    const owner = await child({ role: 'owner' })
    const command = await open({ role: 'auto' })
    owner.process.kill('SIGSTOP')
    const counting = command.transaction((trx) => sql`update counter set n = 8`.execute(trx))
    await delay(50)
    await owner.kill()
    await counting
    expect(await counted(command)).toBe(8)
  })

  it('cleanly, other processes move over without an error', async () => {
    const first = await open({ role: 'auto' })
    const others = await Promise.all([child({ role: 'auto' }), child({ role: 'auto' })])
    const counting = others.map((other) => other.get('count', { times: 300 }))
    await until(async () => expect(await counted(first)).toBeGreaterThan(30))
    await first.close()
    await Promise.all(counting)
    const modes = await Promise.all(others.map((other) => other.get('mode')))
    expect(modes.toSorted()).toStrictEqual(['client', 'owner'])
    expect(await others[0].sql('select n from counter')).toStrictEqual([{ n: 600 }])
  })

  it('a job of a killed worker is done by the next one, also one that a client sent', async () => {
    const owner = await child({ role: 'owner' })
    await owner.get('work', { name: 'train' })
    const client = await child({ role: 'client' })
    await client.get('send', { name: 'train', payload: 41 })
    await until(() => expect(owner.wrote).toStrictEqual([41]))
    await owner.kill()
    const next = await open({ role: 'owner' })
    const queue = openQueue({
      ...{ database: next, clock: systemClock, log: silentLog, maintenanceSeconds: 1 },
      queues: [{ name: 'train', retryDelaySeconds: 0 }],
    })
    const seen: unknown[] = []
    queue.work('train', { pollIntervalMs: 50 }, (payload) => {
      seen.push(payload)
      return Promise.resolve()
    })
    await queue.start()
    await until(() => expect(seen).toStrictEqual([41]))
    await queue.stop()
  })

  it('cleanly, it waits for a transaction under way', async () => {
    const owner = await open({ role: 'owner' })
    const client = await child({ role: 'client' })
    await client.get('begin')
    await client.get('inside', { text: 'update counter set n = 5' })
    const closing = owner.close()
    await delay(100)
    await client.get('commit')
    await closing
    expect(await counted(await open())).toBe(5)
  })
})

describe('the lock', () => {
  beforeEach(setUp)
  afterEach(tearDown)

  it('lets exactly one of many racing processes in, also over a dead one', async () => {
    const dead = await child({ role: 'owner' })
    await dead.kill()
    const racing = await Promise.all(Array.from({ length: 5 }, () => child()))
    const modes = await Promise.all(racing.map((one) => one.get('open', { dataDir, role: 'auto' })))
    expect(modes.toSorted()).toStrictEqual(['client', 'client', 'client', 'client', 'owner'])
    await Promise.all(racing.map((one) => one.get('count', { times: 10 })))
    expect(await racing[0]!.sql('select n from counter')).toStrictEqual([{ n: 50 }])
    expect(await readdir(join(dataDir, 'owner.lock'))).toHaveLength(1)
    expect((await readdir(dataDir)).filter((name) => name.endsWith('.tmp'))).toStrictEqual([])
  })

  it('is not fooled by a living process that has the dead one’s id', async () => {
    const dead = await child({ role: 'owner' })
    await dead.kill()
    const [name] = await readdir(join(dataDir, 'owner.lock'))
    await rename(
      join(dataDir, 'owner.lock', name!),
      join(dataDir, 'owner.lock', name!.replace(/^\d+/, String(process.ppid))),
    )
    expect((await open()).mode).toBe('owner')
  })

  it('lets an owner wait for a short-lived command', async () => {
    const command = await open({ role: 'auto' })
    const opening = open({ role: 'owner' })
    await delay(200)
    await command.close()
    expect((await opening).mode).toBe('owner')
  })

  it('works in a folder whose path is longer than a socket’s may be', async () => {
    const deep = join(dataDir, 'd'.repeat(100), 'e'.repeat(100))
    await mkdir(deep, { recursive: true })
    await cp(join(template, 'database'), join(deep, 'database'), { recursive: true })
    const owner = await open({ dataDir: deep })
    const other = await child()
    expect(await other.get('open', { dataDir: deep })).toBe('client')
    await other.sql('update counter set n = 4')
    expect(await counted(owner)).toBe(4)
  })

  it('is for this user alone, and found under owner.sock', async () => {
    await open()
    const socket = await stat(join(dataDir, 'owner.sock'))
    expect(socket.isSocket()).toBe(true)
    expect(socket.mode & 0o777).toBe(0o600)
    await databases[0]!.close()
    expect((await readdir(dataDir)).toSorted()).toStrictEqual(['database', 'owner.lock'])
    expect(await readdir(join(dataDir, 'owner.lock'))).toStrictEqual([])
  })
})

describe('a folder held by another process', () => {
  let owner: Child
  beforeAll(async () => {
    await setUp()
    owner = await child({ role: 'owner' })
  })
  afterAll(tearDown)

  it('refuses a second owner, naming the first', async () => {
    const error = await open({ role: 'owner', ownerWaitMs: 200 }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'CONFLICT', exitCode: 5 })
    expect((error as Error).message).toContain(`process ${owner.process.pid!}`)
  })

  it('names an owner that does not answer', async () => {
    owner.process.kill('SIGSTOP')
    const error = await open({ ownerTimeoutMs: 400 }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'FOLDER_BUSY',
      exitCode: 5,
      details: { pid: owner.process.pid! },
    })
    expect((error as Error).message).toContain(`kill ${owner.process.pid!}`)
    owner.process.kill('SIGCONT')
  })

  it('names an owner that stops answering later, and goes on when it answers again', async () => {
    const client = await open({ role: 'client', ownerTimeoutMs: 1_000 })
    expect(await counted(client)).toBe(0)
    owner.process.kill('SIGSTOP')
    await expect(counted(client)).rejects.toMatchObject({ code: 'FOLDER_BUSY' })
    owner.process.kill('SIGCONT')
    await until(async () => expect(await counted(client)).toBe(0))
  })

  it('is patient with an owner that is busy for less than that', async () => {
    const client = await open({ role: 'client', ownerTimeoutMs: 3_000 })
    const blocked = owner.get('block', { ms: 1_000 })
    expect(await counted(client)).toBe(0)
    await blocked
  })
})

describe('folders', () => {
  beforeEach(setUp)
  afterEach(tearDown)

  it('that cannot be written are named', async () => {
    await writeFile(join(dataDir, 'file'), '')
    await expect(open({ dataDir: join(dataDir, 'file') })).rejects.toMatchObject({
      ...{ code: 'FOLDER_UNWRITABLE', exitCode: 2 },
    })
    await expect(open({ dataDir: join(dataDir, 'file', 'below') })).rejects.toThrow('--data')
  })

  it('without an owner are no client’s', async () => {
    await expect(open({ role: 'client' })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await expect(open({ role: 'client', dataDir: join(dataDir, 'none') })).rejects.toThrow(
      'no process holds it',
    )
  })

  it('of another PostgreSQL version are refused, and let go', async () => {
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '17\n')
    await expect(open()).rejects.toThrow('format of PostgreSQL 17, this version reads 18')
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '18\n')
    const { rows } = await (await open()).executeSql('show server_version_num')
    expect(String(rows[0]!['server_version_num'])).toMatch(/^18/)
  })

  it('are created whole: what a kill left half-made is made again', async () => {
    const fresh = join(dataDir, 'fresh')
    await mkdir(join(fresh, 'database.new'), { recursive: true })
    await writeFile(join(fresh, 'database.new', 'PG_VERSION'), '18\n')
    const database = await open({ dataDir: fresh })
    expect((await database.executeSql('select 1 as one')).rows).toStrictEqual([{ one: 1 }])
    expect((await readdir(fresh)).includes('database.new')).toBe(false)
  })
})
