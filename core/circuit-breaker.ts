/**
 * A circuit breaker (M. Nygard, "Release It!", 2007): after `failures` failures in a row it refuses calls for `openMs`, then
 * lets a single one through; its success closes the circuit, its failure opens it again.
 */
import { checkInteger } from './checks.ts'
import type { Clock } from './clock.ts'
import { isTransient, upstream } from './retry.ts'

export interface CircuitBreakerOptions {
  readonly service: string
  readonly clock: Clock
  /** Default 5. */
  readonly failures?: number
  /** Default 30,000. */
  readonly openMs?: number
  /** Which errors count; a request the service refused with reason says nothing against it. Default: `isTransient`. */
  readonly isFailure?: (error: unknown) => boolean
}

export type CircuitState = 'closed' | 'open' | 'half-open'

export class CircuitBreaker {
  readonly #service: string
  readonly #clock: Clock
  readonly #limit: number
  readonly #openMs: number
  readonly #isFailure: (error: unknown) => boolean
  #failures = 0
  #openUntil: number | undefined
  #trying = false
  #reason = ''

  constructor(options: CircuitBreakerOptions) {
    const { failures = 5, openMs = 30_000, isFailure = isTransient } = options
    checkInteger('failures', failures, { min: 1 })
    this.#service = options.service
    this.#clock = options.clock
    this.#limit = failures
    this.#openMs = openMs
    this.#isFailure = isFailure
  }

  get state(): CircuitState {
    if (this.#openUntil === undefined) return 'closed'
    return this.#clock.now() < this.#openUntil ? 'open' : 'half-open'
  }

  /** @throws UPSTREAM with 0 attempts while the circuit is open, else what `call` throws. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const state = this.state
    if (state === 'open' || (state === 'half-open' && this.#trying)) {
      const seconds = Math.max(0, Math.ceil((this.#openUntil! - this.#clock.now()) / 1_000))
      const reason = `not called for ${seconds} s after ${this.#failures} failures, the last: ${this.#reason}`
      throw upstream(this.#service, 0, reason)
    }
    this.#trying = state === 'half-open'
    try {
      const result = await call()
      this.#close()
      return result
    } catch (error) {
      if (this.#isFailure(error)) this.#fail(error)
      else this.#close()
      throw error
    } finally {
      if (state === 'half-open') this.#trying = false
    }
  }

  #close(): void {
    this.#failures = 0
    this.#openUntil = undefined
  }

  #fail(error: unknown): void {
    this.#failures++
    this.#reason = error instanceof Error ? error.message : String(error)
    if (this.#failures >= this.#limit) this.#openUntil = this.#clock.now() + this.#openMs
  }
}
