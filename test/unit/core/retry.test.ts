/** Retry, token bucket and circuit breaker on a clock that moves only when told. */
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../../../core/circuit-breaker.ts'
import { ManualClock, type Clock } from '../../../core/clock.ts'
import { QuorumError } from '../../../core/errors.ts'
import { isTransient, parseRetryAfter, retry } from '../../../core/retry.ts'
import { createRng } from '../../../core/rng.ts'
import { TokenBucket } from '../../../core/token-bucket.ts'

class ServiceError extends Error {
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(status: number, retryAfterMs?: number) {
    super(`answered ${status}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** A clock that jumps to the end of every sleep and keeps the lengths. */
class JumpingClock implements Clock {
  readonly slept: number[] = []
  #now = 0

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
    return Promise.resolve()
  }
}

const base = () => ({ service: 'the test service', clock: new JumpingClock(), rng: createRng(1) })

function failing(...errors: Error[]) {
  let calls = 0
  return {
    calls: () => calls,
    call: () => {
      const error = errors[calls++]
      return error === undefined ? Promise.resolve('done') : Promise.reject(error)
    },
  }
}

describe('retry', () => {
  it('returns the first success and counts attempts from one', async () => {
    const seen: number[] = []
    const options = base()
    const result = await retry((attempt) => {
      seen.push(attempt)
      return attempt < 3 ? Promise.reject(new ServiceError(503)) : Promise.resolve(attempt * 10)
    }, options)
    expect(result).toBe(30)
    expect(seen).toStrictEqual([1, 2, 3])
    expect(options.clock.slept).toHaveLength(2)
  })

  it('throws at once what is not transient', async () => {
    const refused = new ServiceError(403)
    const { call, calls } = failing(refused)
    await expect(retry(call, base())).rejects.toBe(refused)
    expect(calls()).toBe(1)
  })

  it('names service, attempts and last reason when it gives up, and keeps the cause', async () => {
    const last = new ServiceError(502)
    const { call } = failing(new ServiceError(503), new ServiceError(503), last)
    const error = await retry(call, { ...base(), attempts: 3 }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'UPSTREAM',
      details: { service: 'the test service', attempts: 3, reason: 'answered 502' },
      cause: last,
    })
    expect((error as Error).message).toBe('the test service failed after 3 attempts: answered 502.')
  })

  it('pauses for a random part of a doubling, capped time', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 5_000 }), async (seed, maxMs) => {
        const options = { ...base(), rng: createRng(seed), baseMs: 100, maxMs, attempts: 8 }
        await retry(() => Promise.reject(new ServiceError(500)), options).catch(() => undefined)
        expect(options.clock.slept).toHaveLength(7)
        for (const [i, ms] of options.clock.slept.entries()) {
          expect(ms).toBeGreaterThanOrEqual(0)
          expect(ms).toBeLessThan(Math.min(maxMs, 100 * 2 ** i))
        }
      }),
    ))

  it('spreads its pauses over the whole range', async () => {
    const firsts = await Promise.all(
      Array.from({ length: 400 }, async (_, seed) => {
        const options = { ...base(), rng: createRng(seed), baseMs: 1_000, attempts: 2 }
        await retry(() => Promise.reject(new ServiceError(500)), options).catch(() => undefined)
        return options.clock.slept[0]!
      }),
    )
    const mean = firsts.reduce((a, b) => a + b) / firsts.length
    // Uniform on 0 … 1000: mean 500, standard error 14.4; five of them.
    expect(Math.abs(mean - 500)).toBeLessThan(72)
    expect(Math.min(...firsts)).toBeLessThan(50)
    expect(Math.max(...firsts)).toBeGreaterThan(950)
  })

  it('waits as long as the service asks for, never less', async () => {
    const options = base()
    await retry(failing(new ServiceError(429, 60_000)).call, options)
    expect(options.clock.slept[0]).toBeGreaterThanOrEqual(60_000)
    expect(options.clock.slept[0]).toBeLessThanOrEqual(60_200)
  })

  it('gives up on a service that asks for too long', async () => {
    const { call, calls } = failing(new ServiceError(429, 3_600_000))
    await expect(retry(call, base())).rejects.toThrow(
      'after 1 attempts: answered 429, asks for a pause of 3600 s',
    )
    expect(calls()).toBe(1)
  })

  it('stops when aborted, also while it waits', async () => {
    const reason = new Error('enough')
    const clock = new ManualClock()
    const abort = new AbortController()
    const { call, calls } = failing(new ServiceError(500), new ServiceError(500))
    const result = retry(call, { ...base(), clock, signal: abort.signal }).catch((e: unknown) => e)
    await turn()
    abort.abort(reason)
    expect(await result).toBe(reason)
    expect(calls()).toBe(1)
    await expect(retry(call, { ...base(), signal: abort.signal })).rejects.toBe(reason)
    expect(calls()).toBe(1)
  })

  it('tells of every retry', async () => {
    const seen: number[] = []
    await retry(failing(new ServiceError(500), new ServiceError(500)).call, {
      ...base(),
      onRetry: ({ attempt }) => seen.push(attempt),
    })
    expect(seen).toStrictEqual([1, 2])
  })
})

describe('isTransient', () => {
  it.each<[string, unknown, boolean]>([
    ['503', new ServiceError(503), true],
    ['429', new ServiceError(429), true],
    ['404', new ServiceError(404), false],
    ['a reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
    [
      'a reset inside fetch',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }),
      }),
      true,
    ],
    ['a timeout', new DOMException('x', 'TimeoutError'), true],
    ['a plain error', new Error('bug'), false],
    ['one of our own', new QuorumError('INVALID_VALUE', {}), false],
    ['a text', 'ECONNRESET', false],
  ])('%s', (_, error, expected) => {
    expect(isTransient(error)).toBe(expected)
  })
})

describe('parseRetryAfter', () => {
  const clock = new ManualClock(Date.UTC(2025, 9, 21, 7, 28, 0))
  it.each<[string | null | undefined, number | undefined]>([
    ['120', 120_000],
    [' 0 ', 0],
    ['Tue, 21 Oct 2025 07:28:30 GMT', 30_000],
    ['Tue, 21 Oct 2025 07:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j', (header, expected) => {
    expect(parseRetryAfter(header, clock)).toBe(expected)
  })
})

describe('a token bucket', () => {
  it('lets a burst through and then its rate', async () => {
    const clock = new JumpingClock()
    const bucket = new TokenBucket({ clock, capacity: 3, perSecond: 10 })
    const at: number[] = []
    for (let i = 0; i < 6; i++) {
      await bucket.take()
      at.push(clock.now())
    }
    expect(at).toStrictEqual([0, 0, 0, 100, 200, 300])
  })

  it('never lets more through in any window than capacity + rate · window', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 400 })), {
          minLength: 1,
          maxLength: 40,
        }),
        async (requests) => {
          const clock = new JumpingClock()
          const bucket = new TokenBucket({ clock, capacity: 5, perSecond: 7 })
          const taken: { at: number; tokens: number }[] = []
          for (const [tokens, pause] of requests) {
            await bucket.take(tokens)
            taken.push({ at: clock.now(), tokens })
            await clock.sleep(pause)
          }
          for (let i = 0; i < taken.length; i++) {
            let sum = 0
            for (let j = i; j < taken.length; j++) {
              sum += taken[j]!.tokens
              const window = taken[j]!.at - taken[i]!.at
              expect(sum).toBeLessThanOrEqual(5 + (7 * window) / 1_000 + 1e-6)
            }
          }
        },
      ),
    ))

  it('serves in order: a large request is not starved', async () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket({ clock, capacity: 4, perSecond: 1 })
    const order: string[] = []
    await bucket.take(4)
    const all = [
      bucket.take(3).then(() => order.push('large')),
      bucket.take(1).then(() => order.push('small')),
    ]
    for (let i = 0; i < 4; i++) {
      await turn()
      clock.advance(1_000)
    }
    await Promise.all(all)
    expect(order).toStrictEqual(['large', 'small'])
  })

  it('pauses, and passes an aborted caller over', async () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket({ clock, capacity: 2, perSecond: 1 })
    bucket.pause(5_000)
    const abort = new AbortController()
    const first = bucket.take(1, abort.signal).catch((error: unknown) => error)
    let done = false
    const second = bucket.take(2).then(() => (done = true))
    await turn()
    clock.advance(4_999)
    await turn()
    abort.abort(new Error('gone'))
    expect(await first).toMatchObject({ message: 'gone' })
    await turn()
    expect(done).toBe(false)
    clock.advance(1)
    await second
  })

  it('refuses a request it could never serve', () => {
    const bucket = new TokenBucket({ clock: new ManualClock(), capacity: 2, perSecond: 1 })
    expect(() => bucket.take(3)).toThrow('tokens must be > 0 and ≤ 2, got 3')
    expect(() => new TokenBucket({ clock: new ManualClock(), capacity: 2, perSecond: 0 })).toThrow(
      'perSecond',
    )
  })
})

describe('a circuit breaker', () => {
  const fail = () => Promise.reject(new ServiceError(503))
  const create = (clock: Clock) =>
    new CircuitBreaker({ service: 'S', clock, failures: 3, openMs: 1_000 })

  it('opens after failures in a row, and says so', async () => {
    const clock = new ManualClock()
    const breaker = create(clock)
    for (let i = 0; i < 2; i++) await expect(breaker.run(fail)).rejects.toThrow('503')
    await breaker.run(() => Promise.resolve())
    for (let i = 0; i < 3; i++) await expect(breaker.run(fail)).rejects.toThrow('503')
    expect(breaker.state).toBe('open')
    let called = false
    const error = await breaker
      .run(() => {
        called = true
        return Promise.resolve()
      })
      .catch((caught: unknown) => caught)
    expect(called).toBe(false)
    expect(error).toMatchObject({ code: 'UPSTREAM', details: { service: 'S', attempts: 0 } })
    expect((error as Error).message).toContain(
      'not called for 1 s after 3 failures, the last: answered 503',
    )
  })

  it('lets one call through after a while; its failure opens it again, its success closes it', async () => {
    const clock = new ManualClock()
    const breaker = create(clock)
    for (let i = 0; i < 3; i++) await expect(breaker.run(fail)).rejects.toThrow('503')
    clock.advance(1_000)
    expect(breaker.state).toBe('half-open')
    await expect(breaker.run(fail)).rejects.toThrow('503')
    expect(breaker.state).toBe('open')
    clock.advance(1_000)
    let finish = (_: string): void => undefined
    const trial = breaker.run(() => new Promise<string>((resolve) => (finish = resolve)))
    await expect(breaker.run(() => Promise.resolve('second'))).rejects.toMatchObject({
      code: 'UPSTREAM',
    })
    finish('first')
    expect(await trial).toBe('first')
    expect(breaker.state).toBe('closed')
    expect(await breaker.run(() => Promise.resolve('third'))).toBe('third')
  })

  it('does not count what the service refused with reason', async () => {
    const breaker = create(new ManualClock())
    for (let i = 0; i < 5; i++) {
      await expect(breaker.run(() => Promise.reject(new ServiceError(400)))).rejects.toThrow('400')
    }
    expect(breaker.state).toBe('closed')
  })
})
