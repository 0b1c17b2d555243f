/**
 * Sum of the last `window` values, O(1) a value and free of history. Rows are cut into blocks of the window's length; a
 * window is the end of one block and the beginning of the next, and both parts are sums that only ever grew by their own
 * values. Nothing is subtracted, so what left the window leaves nothing behind, whatever its size (van Herk 1992 does the
 * same for extremes).
 *
 * `buffer[k]` holds this block's value k for k < at, and for k ≥ at the sum of the last block's values from k on.
 */
import { zero } from './zero.ts'

export interface SlidingSum {
  readonly window: number
  readonly buffer: Float64Array
  at: number
  head: number
  /** 0 once a block is complete, NaN before: added to a sum, it says without a branch that there is none yet. */
  unknown: number
}

export function slidingSum(window: number): SlidingSum {
  return { window, buffer: new Float64Array(window + 1), at: 0, head: zero, unknown: NaN }
}

/** Takes a finite value; answers the sum of the last `window`, NaN before there are as many. */
export function slideSum(state: SlidingSum, value: number): number {
  const { buffer } = state
  buffer[state.at] = value
  state.at++
  state.head += value
  const sum = buffer[state.at]! + state.head + state.unknown
  if (state.at < state.window) return sum
  const whole = state.head
  sumBackwards(buffer, state.window)
  state.at = 0
  state.head = 0
  state.unknown = 0
  return whole
}

/** Forgets everything, after a gap. */
export function restartSum(state: SlidingSum): void {
  state.at = 0
  state.head = 0
  state.unknown = NaN
}

/** Turns a block's values into the sums from each to the end. */
function sumBackwards(buffer: Float64Array, window: number): void {
  let sum = 0
  for (let k = window - 1; k >= 0; k--) {
    sum += buffer[k]!
    buffer[k] = sum
  }
}
