/**
 * A token bucket: at most `capacity` calls at once and `perSecond` in the long run. Waiting callers are served in order, so
 * a large request cannot starve behind small ones.
 */
import { check, checkNumber } from './checks.ts'
import type { Clock } from './clock.ts'

export interface TokenBucketOptions {
  readonly clock: Clock
  readonly capacity: number
  readonly perSecond: number
}

export class TokenBucket {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #perMs: number
  #tokens: number
  #countedAt: number
  #pausedUntil = -Infinity
  #last: Promise<unknown> = Promise.resolve()

  /** Starts full. */
  constructor({ clock, capacity, perSecond }: TokenBucketOptions) {
    checkNumber('capacity', capacity, { min: 1 })
    check(
      perSecond > 0 && Number.isFinite(perSecond),
      'perSecond',
      'a finite number > 0',
      perSecond,
    )
    this.#clock = clock
    this.#capacity = capacity
    this.#perMs = perSecond / 1_000
    this.#tokens = capacity
    this.#countedAt = clock.now()
  }

  /** Waits until `tokens` are there and takes them. Aborted, it takes none and rejects with the signal's reason. */
  take(tokens = 1, signal?: AbortSignal): Promise<void> {
    check(tokens > 0 && tokens <= this.#capacity, 'tokens', `> 0 and ≤ ${this.#capacity}`, tokens)
    const turn = this.#last.then(() => this.#take(tokens, signal))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Lets nobody pass for `ms`: what a service asks for that says it was called too often. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms)
  }

  async #take(tokens: number, signal: AbortSignal | undefined): Promise<void> {
    while (true) {
      signal?.throwIfAborted()
      const waitMs = this.#waitMs(tokens)
      if (waitMs <= 0) break
      await this.#clock.sleep(waitMs, signal)
    }
    this.#tokens -= tokens
  }

  #waitMs(tokens: number): number {
    const now = this.#clock.now()
    // A clock that was set back adds nothing.
    const passed = Math.max(0, now - this.#countedAt)
    this.#tokens = Math.min(this.#capacity, this.#tokens + passed * this.#perMs)
    this.#countedAt = now
    // Rounded up to whole milliseconds, which is what timers can do.
    const refill = Math.ceil((tokens - this.#tokens) / this.#perMs - 1e-9)
    return Math.max(this.#pausedUntil - now, refill)
  }
}
