/** The job queue on a real database. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, afterAll, describe, expect, it, vi } from 'vitest'
import type { Json } from '../../../core/canonical-json.ts'
import { systemClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/database/index.ts'
import { silentLog } from '../../../core/log.ts'
import { openQueue, type Queue, type QueueDefinition } from '../../../core/queue.ts'
import { openTestDatabase } from '../../support/database.ts'

let database: Database
const open: Queue[] = []
let number = 0

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.stop({ drainMs: 0 })))
})

/** A started queue; every test has a name of its own, for the database is shared. */
async function start(definition: Partial<QueueDefinition> = {}, name = `q${++number}`) {
  const queue = openQueue({
    ...{ database, clock: systemClock, log: silentLog },
    queues: [{ name, retryDelaySeconds: 0, ...definition }],
    expireSeconds: 1,
    maintenanceSeconds: 1,
  })
  open.push(queue)
  await queue.start()
  return { queue, name }
}

const quickly = { pollIntervalMs: 20 }

/** Polls; a busy machine may take its time. */
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 20_000 })

describe('delivery', () => {
  it.each<Json>([{ a: [1, { b: null }] }, [1, 2], 'text', 7, null, false])(
    'hands over the payload %j',
    async (payload) => {
      const { queue, name } = await start()
      const seen: Json[] = []
      queue.work(name, {}, (got) => {
        seen.push(got)
        return Promise.resolve()
      })
      expect(await queue.send(name, payload)).toMatch(/^[0-9a-f-]{36}$/)
      await until(() => expect(seen).toStrictEqual([payload]))
      await until(async () => expect(await queue.waiting(name)).toBe(0))
    },
  )

  it('runs as many jobs at a time as allowed', async () => {
    const { queue, name } = await start()
    for (let i = 0; i < 9; i++) await queue.send(name, i)
    const seen: Json[] = []
    let now = 0
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    queue.work(name, { concurrency: 3, ...quickly }, async (payload) => {
      seen.push(payload)
      now++
      await gate
      now--
    })
    await until(() => expect(now).toBe(3))
    await delay(200)
    expect(now).toBe(3)
    open()
    await until(() => expect(seen.toSorted()).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]))
  })

  it('runs one after the other in the order they were sent', async () => {
    const { queue, name } = await start()
    for (let i = 0; i < 5; i++) await queue.send(name, i)
    const seen: Json[] = []
    queue.work(name, quickly, (payload) => {
      seen.push(payload)
      return delay(1)
    })
    await until(() => expect(seen).toStrictEqual([0, 1, 2, 3, 4]))
  })

  it('starts a job no earlier than asked', async () => {
    const { queue, name } = await start()
    const sentAt = performance.now()
    let ranAt = 0
    queue.work(name, quickly, () => {
      ranAt = performance.now()
      return Promise.resolve()
    })
    await queue.send(name, 1, { startAfterMs: 400 })
    await until(() => expect(ranAt).toBeGreaterThan(0))
    expect(ranAt - sentAt).toBeGreaterThanOrEqual(390)
  })

  it('drops a job while one of the same key waits, and only then', async () => {
    const { queue, name } = await start()
    expect(await queue.send(name, 1, { singletonKey: 'k' })).toBeDefined()
    expect(await queue.send(name, 2, { singletonKey: 'k' })).toBeUndefined()
    expect(await queue.send(name, 3, { singletonKey: 'other' })).toBeDefined()
    expect(await queue.send(name, 4)).toBeDefined()
    expect(await queue.send(name, 5)).toBeDefined()
    expect(await queue.waiting(name)).toBe(4)
    const seen: Json[] = []
    queue.work(name, quickly, (payload) => {
      seen.push(payload)
      return Promise.resolve()
    })
    await until(() => expect(seen).toStrictEqual([1, 3, 4, 5]))
    expect(await queue.send(name, 6, { singletonKey: 'k' })).toBeDefined()
  })

  it('enqueues with the caller’s transaction', async () => {
    const { queue, name } = await start()
    await database.transaction(async (trx) => {
      await queue.send(name, 'kept', { trx })
    })
    await expect(
      database.transaction(async (trx) => {
        await queue.send(name, 'lost', { trx })
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    expect(await queue.waiting(name)).toBe(1)
  })
})

describe('failure', () => {
  it('tries again up to the limit', async () => {
    const { queue, name } = await start({ retryLimit: 2 })
    let tries = 0
    queue.work(name, quickly, () => {
      tries++
      return Promise.reject(new Error('no'))
    })
    await queue.send(name, 1)
    await until(() => expect(tries).toBe(3))
    await delay(300)
    expect(tries).toBe(3)
    const { rows } = await database.executeSql(
      'select state::text as state, output from pgboss.job where name = $1',
      [name],
    )
    expect(rows).toMatchObject([{ state: 'failed', output: { code: 'INTERNAL', message: 'no' } }])
  })

  it('keeps a long job alive beyond its expiry', async () => {
    const { queue, name } = await start()
    let runs = 0
    let done = false
    queue.work(name, quickly, async () => {
      runs++
      await delay(2_500)
      done = true
    })
    await queue.send(name, 1)
    await until(() => expect(done).toBe(true))
    expect(runs).toBe(1)
  })

  it('takes the job away from a worker that fell silent, and tells it', async () => {
    const { queue, name } = await start()
    const reasons: unknown[] = []
    let runs = 0
    let finish = (): void => undefined
    const second = new Promise<void>((resolve) => (finish = resolve))
    queue.work(name, { concurrency: 2, ...quickly }, async (_, signal) => {
      if (++runs > 1) return second
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      reasons.push(signal.reason)
    })
    await queue.send(name, 1)
    await until(() => expect(runs).toBe(1))
    // What maintenance does to the job of a process that hung for longer than the expiry.
    await database.executeSql(`update pgboss.job set state = 'retry' where name = $1`, [name])
    await until(() => expect(runs).toBe(2))
    await until(() => expect(reasons).toMatchObject([{ code: 'CONFLICT' }]))
    const state = async () => {
      const text = 'select state::text as state, retry_count from pgboss.job where name = $1'
      return (await database.executeSql(text, [name])).rows
    }
    // The first has ended by now; the job is not its own to complete.
    await delay(200)
    expect(await state()).toStrictEqual([{ state: 'active', retry_count: 1 }])
    finish()
    await until(async () =>
      expect(await state()).toStrictEqual([{ state: 'completed', retry_count: 1 }]),
    )
  })
})

describe('start and stop', () => {
  it('are shared by concurrent callers and idempotent', async () => {
    const { queue, name } = await start()
    expect(queue.start()).toBe(queue.start())
    await queue.start()
    await queue.send(name, 1)
    expect(queue.stop()).toBe(queue.stop())
    await queue.stop()
    await expect(queue.send(name, 2)).rejects.toThrow('before the queue was started')
  })

  it('lets running jobs finish', async () => {
    const { queue, name } = await start()
    let finished = false
    let started = false
    queue.work(name, quickly, async () => {
      started = true
      await delay(300)
      finished = true
    })
    await queue.send(name, 1)
    await until(() => expect(started).toBe(true))
    await queue.send(name, 2)
    await queue.stop()
    expect(finished).toBe(true)
    const { rows } = await database.executeSql(
      'select state::text as state from pgboss.job where name = $1 order by created_on',
      [name],
    )
    expect(rows.map((row) => row['state'])).toStrictEqual(['completed', 'created'])
  })

  it('aborts what does not finish in time; another process runs it again', async () => {
    const first = await start()
    let aborted: unknown
    first.queue.work(first.name, quickly, async (_, signal) => {
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted = signal.reason
          reject(signal.reason as Error)
        }),
      )
    })
    await first.queue.send(first.name, 'again')
    await until(async () => expect(await first.queue.waiting(first.name)).toBe(0))
    await first.queue.stop({ drainMs: 50 })
    expect(aborted).toMatchObject({ code: 'CANCELLED' })
    const second = await start({}, first.name)
    const seen: Json[] = []
    second.queue.work(first.name, quickly, (payload) => {
      seen.push(payload)
      return Promise.resolve()
    })
    await until(() => expect(seen).toStrictEqual(['again']))
  })

  it('names a queue that is not in the list', async () => {
    const { queue } = await start({}, 'train')
    await expect(queue.send('trian', 1)).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    await expect(queue.send('trian', 1)).rejects.toThrow('train')
  })
})
