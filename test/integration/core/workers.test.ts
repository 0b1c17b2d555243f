/** Worker threads on compiled code: values, errors, cancellation and crashes across the border. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { QuorumError } from '../../../core/errors.ts'
import { createWorkerPool, type WorkerPool } from '../../../core/worker-pool.ts'
import { runInWorker, withTransfer } from '../../../core/workers.ts'

const entry = new URL('./worker-entry.js', import.meta.url).href

async function caught(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not throw'),
    (error: unknown) => error as Error,
  )
}

describe('values', () => {
  it('go in and come out', async () => {
    expect(await runInWorker<number>(entry, { task: 'add', a: 2, b: 3 })).toBe(5)
  })

  it('run in another thread', async () => {
    expect(await runInWorker<number>(entry, { task: 'thread' })).toBeGreaterThan(0)
  })

  it('share a SharedArrayBuffer', async () => {
    const buffer = new SharedArrayBuffer(4)
    await runInWorker(entry, { task: 'shared', buffer })
    expect(new Int32Array(buffer)[0]).toBe(5)
  })

  it('move buffers both ways', async () => {
    const data = new Float64Array([1, NaN, 3])
    const result = await runInWorker<{ data: Float64Array; bytes: number }>(
      entry,
      { task: 'move', data },
      { transfer: [data.buffer] },
    )
    expect(data.byteLength).toBe(0)
    expect(result).toStrictEqual({ data: new Float64Array([1, NaN, 3]), bytes: 24 })
  })
})

describe('errors', () => {
  it('keep code, details, message, stack and cause', async () => {
    const error = await caught(runInWorker(entry, { task: 'refuse' }))
    expect(error).toBeInstanceOf(QuorumError)
    expect(error).toMatchObject({
      code: 'NO_ROWS',
      exitCode: 3,
      details: { source: 'x', reason: 'empty' },
    })
    expect(error.message).toBe(new QuorumError('NO_ROWS', { source: 'x', reason: 'empty' }).message)
    expect(error.stack).toContain('worker-entry.js')
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'deep' })
  })

  it('of other kinds keep name and message', async () => {
    const error = await caught(runInWorker(entry, { task: 'fail' }))
    expect(error).toMatchObject({ name: 'TypeError', message: 'plain' })
  })

  it.each<[string, object, RegExp]>([
    ['an exit', { task: 'exit' }, /exit code 3/],
    ['an error nobody caught', { task: 'throwLater' }, /thrown in a timer/],
  ])('tell of %s', async (_, payload, reason) => {
    const error = await caught(runInWorker(entry, payload))
    expect(error).toMatchObject({ code: 'WORKER_CRASHED' })
    expect(error.message).toMatch(reason)
  })

  it('tell of exhausted memory', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 24 }
    const error = await caught(runInWorker(entry, { task: 'memory' }, { resourceLimits }))
    expect(error).toMatchObject({
      code: 'WORKER_CRASHED',
      details: { reason: 'it ran out of memory' },
    })
  })

  it('tell of a result that cannot travel', async () => {
    const error = await caught(runInWorker(entry, { task: 'uncloneable' }))
    expect(error.message).toMatch(/could not be cloned/)
  })

  it('tell of a payload that cannot travel', async () => {
    const error = await caught(runInWorker(entry, { task: 'add', a: () => 1 }))
    expect(error.message).toMatch(/could not be cloned/)
  })

  it('name an entry that is not built', async () => {
    const error = await caught(runInWorker('core/no-such-worker', {}))
    expect(error).toMatchObject({ code: 'INTERNAL' })
    expect(error.message).toContain('npm run build')
  })
})

describe('progress and calls', () => {
  it('hears every step and can stop', async () => {
    const seen: unknown[] = []
    const result = await runInWorker<number, { done: number }>(
      entry,
      { task: 'count', to: 10 },
      {
        onProgress: (progress) => {
          seen.push(progress)
          return progress.done === 4 ? 'stop' : undefined
        },
      },
    )
    expect(result).toBe(4)
    expect(seen).toStrictEqual([1, 2, 3, 4].map((done) => ({ done, to: 10 })))
  })

  it('stops a thread that never reads a message', async () => {
    const task = { task: 'compute', ms: 20_000 }
    expect(await runInWorker(entry, task, { onProgress: () => 'stop' })).toBe('stopped')
  })

  it('ends the task when the listener throws', async () => {
    const failure = new Error('listener')
    const error = await caught(
      runInWorker(
        entry,
        { task: 'count', to: 3 },
        {
          onProgress: () => {
            throw failure
          },
        },
      ),
    )
    expect(error).toBe(failure)
  })

  it('answers calls, buffers moved', async () => {
    let held: unknown
    const onCall = (name: string, value: unknown): Promise<unknown> => {
      if (name === 'save') held = value
      const bytes = new Uint8Array([7])
      return Promise.resolve(name === 'load' ? withTransfer(bytes, [bytes.buffer]) : 'saved')
    }
    const state = new Uint8Array([1, 2])
    expect(await runInWorker(entry, { task: 'checkpoint', state }, { onCall })).toStrictEqual({
      saved: 'saved',
      loaded: new Uint8Array([7]),
      left: 0,
    })
    expect(held).toStrictEqual(new Uint8Array([1, 2]))
  })

  it('gives a refused call back to the worker with its code', async () => {
    const onCall = (): Promise<unknown> =>
      Promise.reject(new QuorumError('STALE_ATTEMPT', { run: 'r', current: 2, attempt: 1 }))
    const error = await caught(
      runInWorker(entry, { task: 'checkpoint', state: new Uint8Array(1) }, { onCall }),
    )
    expect(error).toMatchObject({ code: 'STALE_ATTEMPT', details: { current: 2 } })
  })
})

describe('cancellation', () => {
  async function cancelAfter(task: object, ms: number): Promise<{ error: Error; took: number }> {
    const abort = new AbortController()
    const running = caught(runInWorker(entry, task, { signal: abort.signal }))
    await delay(ms)
    const start = performance.now()
    abort.abort()
    return { error: await running, took: performance.now() - start }
  }

  it('asks first', async () => {
    const { error, took } = await cancelAfter({ task: 'polite' }, 200)
    expect(error).toMatchObject({ code: 'CANCELLED' })
    expect(took).toBeLessThan(900)
  })

  it('reaches a thread that never reads a message', async () => {
    const { error, took } = await cancelAfter({ task: 'compute', ms: 20_000 }, 300)
    expect(error).toMatchObject({ code: 'CANCELLED' })
    expect(took).toBeLessThan(900)
  })

  it('ends a thread that does not listen, after a second', async () => {
    const { error, took } = await cancelAfter({ task: 'deaf' }, 200)
    expect(error).toMatchObject({ code: 'CANCELLED' })
    expect(took).toBeGreaterThan(900)
    expect(took).toBeLessThan(3_000)
  })

  it('passes a reason of our own on', async () => {
    const reason = new QuorumError('CONFLICT', { reason: 'lost the job' })
    await expect(
      runInWorker(entry, { task: 'polite' }, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })
})

describe('a pool', () => {
  let pool: WorkerPool
  afterEach(() => pool.close())

  it('runs no more than its size at a time, on threads it keeps', async () => {
    pool = createWorkerPool({ size: 2 })
    const running = new SharedArrayBuffer(8)
    const threads = await Promise.all(
      Array.from({ length: 8 }, () =>
        pool.run<number>(entry, { task: 'overlap', running, ms: 15 }),
      ),
    )
    const [now, most] = new Int32Array(running)
    expect([now, most]).toStrictEqual([0, 2])
    expect(new Set(threads).size).toBe(2)
  })

  it('serves first come first', async () => {
    pool = createWorkerPool({ size: 1 })
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        pool.run(entry, { task: 'sleep', ms: 1 }).then(() => order.push(i)),
      ),
    )
    expect(order).toStrictEqual([0, 1, 2, 3, 4, 5])
  })

  it('replaces a thread that crashed', async () => {
    pool = createWorkerPool({ size: 1 })
    const [crash, sum] = await Promise.all([
      caught(pool.run(entry, { task: 'exit' })),
      pool.run(entry, { task: 'add', a: 1, b: 1 }),
    ])
    expect(crash).toMatchObject({ code: 'WORKER_CRASHED' })
    expect(sum).toBe(2)
  })

  it('keeps a thread whose task failed or was cancelled in time', async () => {
    pool = createWorkerPool({ size: 1 })
    const before = await pool.run<number>(entry, { task: 'thread' })
    await caught(pool.run(entry, { task: 'refuse' }))
    const abort = new AbortController()
    const cancelled = caught(pool.run(entry, { task: 'polite' }, { signal: abort.signal }))
    await delay(50)
    abort.abort()
    expect(await cancelled).toMatchObject({ code: 'CANCELLED' })
    expect(await pool.run<number>(entry, { task: 'thread' })).toBe(before)
  })

  it('never starts a task that was cancelled while it waited', async () => {
    pool = createWorkerPool({ size: 1 })
    const buffer = new SharedArrayBuffer(4)
    const first = pool.run(entry, { task: 'sleep', ms: 100 })
    const abort = new AbortController()
    const second = caught(pool.run(entry, { task: 'shared', buffer }, { signal: abort.signal }))
    const third = pool.run(entry, { task: 'add', a: 1, b: 2 })
    abort.abort()
    expect(await second).toMatchObject({ code: 'CANCELLED' })
    expect(await first).toBe(100)
    expect(await third).toBe(3)
    expect(new Int32Array(buffer)[0]).toBe(0)
  })

  it('refuses what waits and ends what runs when it closes', async () => {
    pool = createWorkerPool({ size: 1 })
    const running = caught(pool.run(entry, { task: 'deaf' }))
    const waiting = caught(pool.run(entry, { task: 'add', a: 1, b: 1 }))
    await delay(100)
    await pool.close()
    expect(await running).toMatchObject({ code: 'WORKER_CRASHED' })
    expect(await waiting).toMatchObject({ code: 'CANCELLED' })
    await expect(pool.run(entry, {})).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
