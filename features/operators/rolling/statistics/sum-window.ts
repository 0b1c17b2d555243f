/**
 * Sum of the last `window` values in O(1) a row, without subtraction, on the blocks of `block-window.ts`. A value that is not
 * finite leaves no sum until window others have followed.
 */
export interface SumWindow {
  readonly window: number
  /** This block's values before `at`, from it on the sums of the last block's values from each to its end. */
  readonly buffer: Float64Array
  at: number
  head: number
  /** Values in a row, at most window. */
  run: number
}

export function sumWindow(window: number): SumWindow {
  return { window, buffer: new Float64Array(window + 1), at: 0, head: 0, run: 0 }
}

/** Answers the sum of the window that `value` ends, NaN where it is not whole. */
export function pushSum(state: SumWindow, value: number): number {
  const { window, buffer } = state
  if (value - value !== 0) {
    state.at = 0
    state.head = 0
    state.run = 0
    return NaN
  }
  buffer[state.at] = value
  const at = ++state.at
  const head = state.head + value
  state.head = head
  if (state.run < window) state.run++
  if (at < window) return state.run === window ? head + buffer[at]! : NaN
  for (let k = window - 2; k >= 0; k--) buffer[k]! += buffer[k + 1]!
  state.at = 0
  state.head = 0
  return head
}
