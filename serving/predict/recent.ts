/**
 * Answers that stay good for a moment: concurrent and quickly repeated requests share one look-up. What changes meanwhile (an
 * alias moved, bars arrived) is seen `freshForMs` later at most.
 */
import type { Clock } from '../../core/clock.ts'

export const freshForMs = 200
const capacity = 1_000

export class Recent<T> {
  readonly #clock: Clock
  readonly #entries = new Map<string, { readonly at: number; readonly value: Promise<T> }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(key: string, look: () => Promise<T>): Promise<T> {
    const now = this.#clock.now()
    const known = this.#entries.get(key)
    if (known !== undefined && now - known.at < freshForMs) return known.value
    const value = look()
    this.#entries.delete(key)
    this.#entries.set(key, { at: now, value })
    // A failure is not an answer: the next request looks again.
    value.catch(() => this.#entries.delete(key))
    if (this.#entries.size > capacity) this.#entries.delete(this.#entries.keys().next().value!)
    return value
  }
}
