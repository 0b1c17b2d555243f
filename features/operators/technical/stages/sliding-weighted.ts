/**
 * Sum of the last `window` values with weights 1 (oldest) … window (newest), in blocks as `sliding-sum.ts` does it and as free
 * of history. Of the block that is growing it keeps Σ x and Σ k x; of the complete one, for each k, Σ (j − k + 1) x over j ≥ k.
 */
import { zero } from './zero.ts'

export interface SlidingWeighted {
  readonly window: number
  readonly buffer: Float64Array
  at: number
  head: number
  ranked: number
  full: number
}

export function slidingWeighted(window: number): SlidingWeighted {
  return { window, buffer: new Float64Array(window + 1), at: 0, head: zero, ranked: zero, full: 0 }
}

/** Takes a finite value; answers the weighted mean of the last `window`, NaN before there are as many. */
export function slideWeighted(state: SlidingWeighted, value: number): number {
  const { window, buffer, at } = state
  buffer[at] = value
  state.head += value
  state.ranked += at * value
  // In the growing block value k weighs window − at + k.
  const grown = (window - at) * state.head + state.ranked
  const weights = (window * (window + 1)) / 2
  if (at + 1 === window) {
    let sum = 0
    let weighted = 0
    for (let k = window - 1; k >= 0; k--) {
      sum += buffer[k]!
      weighted += sum
      buffer[k] = weighted
    }
    restartWeighted(state)
    state.full = 1
    return grown / weights
  }
  state.at = at + 1
  return state.full === 1 ? (buffer[at + 1]! + grown) / weights : NaN
}

/** Forgets everything, after a gap. */
export function restartWeighted(state: SlidingWeighted): void {
  state.at = 0
  state.head = 0
  state.ranked = 0
  state.full = 0
}
