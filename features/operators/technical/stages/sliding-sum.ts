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

/**
 * The same for `count` values at once, from 0 on, in place. A missing value gives NaN and begins anew; so do values before there
 * are enough.
 */
export function slideSums(state: SlidingSum, values: Float64Array, count: number): void {
  const { window, buffer } = state
  if (window === 3) {
    slideThrees(state, values, count)
    return
  }
  let { at, head, unknown } = state
  let j = 0
  while (j < count) {
    // To the end of the block, of the values, or to a missing one.
    const end = Math.min(count, j + window - at)
    for (; j < end; j++) {
      const value = values[j]!
      if (value !== value) break
      buffer[at] = value
      at++
      head += value
      values[j] = buffer[at]! + head + unknown
    }
    if (at === window) {
      values[j - 1] = head
      sumBackwards(buffer, window)
      at = 0
      head = 0
      unknown = 0
    } else if (j < end) {
      at = 0
      head = 0
      unknown = NaN
      j++
    }
  }
  state.at = at
  state.head = head
  state.unknown = unknown
}

/** The same for three, which every stochastic smooths over: added up anew, so a missing value needs no care. */
function slideThrees(state: SlidingSum, values: Float64Array, count: number): void {
  const { buffer } = state
  let { at } = state
  let earlier = buffer[0]!
  let last = buffer[1]!
  for (let j = 0; j < count; j++) {
    const value = values[j]!
    values[j] = at === 2 ? earlier + last + value : NaN
    if (at < 2) at++
    earlier = last
    last = value
  }
  state.at = at
  buffer[0] = earlier
  buffer[1] = last
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
