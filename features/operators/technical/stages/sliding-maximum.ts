/**
 * Largest of the last `window` values in three comparisons a value (van Herk 1992; Gil and Werman 1993): the larger of the
 * end of one block and the beginning of the next. The smallest is the negative of the largest of the negatives.
 *
 * `buffer[k]` holds this block's value k for k < at, and for k ≥ at the largest of the last block's values from k on.
 */
export interface SlidingMaximum {
  readonly window: number
  readonly buffer: Float64Array
  at: number
  head: number
  /** 1 once a block is complete. */
  full: number
}

export function slidingMaximum(window: number): SlidingMaximum {
  const buffer = new Float64Array(window + 1).fill(-Infinity)
  return { window, buffer, at: 0, head: -Infinity, full: 0 }
}

/** Takes a finite value; answers the largest of the last `window`, NaN before there are as many. */
export function slideMaximum(state: SlidingMaximum, value: number): number {
  const { window, buffer, at } = state
  buffer[at] = value
  const head = value > state.head ? value : state.head
  if (at + 1 === window) {
    maximumBackwards(buffer, window)
    state.at = 0
    state.head = -Infinity
    state.full = 1
    return head
  }
  state.head = head
  state.at = at + 1
  if (state.full === 0) return NaN
  const tail = buffer[at + 1]!
  return tail > head ? tail : head
}

/** Forgets everything, after a gap. */
export function restartMaximum(state: SlidingMaximum): void {
  state.at = 0
  state.head = -Infinity
  state.full = 0
}

/** Turns a block's values into the largest from each to the end. */
export function maximumBackwards(buffer: Float64Array, window: number): void {
  let largest = -Infinity
  for (let k = window - 1; k >= 0; k--) {
    if (buffer[k]! > largest) largest = buffer[k]!
    buffer[k] = largest
  }
}
