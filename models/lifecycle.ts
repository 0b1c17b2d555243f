/** A model predicts until it is disposed; afterwards it says so, whatever runtime it used. */
import { QuorumError } from '../core/errors.ts'

export interface Lifecycle {
  /** @throws CONFLICT after `end`. */
  check(): void
  /** True on the first call alone. */
  end(): boolean
}

export function createLifecycle(what: string): Lifecycle {
  let ended = false
  return {
    check() {
      if (ended)
        throw new QuorumError('CONFLICT', { reason: `${what} was disposed. Load it again.` })
    },
    end() {
      const first = !ended
      ended = true
      return first
    },
  }
}
