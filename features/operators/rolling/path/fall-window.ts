/**
 * Falls within the last `window` values, O(1) a row on blocks: of two stretches in a row the deepest fall is that of either, or
 * from the top of the first to the bottom of the second. Prices only: a value that is not above 0 starts the window anew.
 */
export interface FallWindow {
  readonly window: number
  /** The block's values, and from each place of the block before to its end the top (then the deepest fall). */
  readonly data: Float64Array
  at: number
  /** Of the current block: its top, its bottom, and the deepest ratio of a value to an earlier one. */
  blockTop: number
  blockBottom: number
  blockRatio: number
  /** Values in a row, at most window. */
  run: number
  /** Of the window that the newest value ends; NaN before it is whole. */
  top: number
  ratio: number
}

export function fallWindow(window: number): FallWindow {
  return {
    window,
    data: new Float64Array(3 * window),
    at: 0,
    blockTop: 0,
    blockBottom: Infinity,
    blockRatio: 1,
    run: 0,
    top: NaN,
    ratio: NaN,
  }
}

export function pushFall(state: FallWindow, value: number): void {
  const { window, data } = state
  state.top = NaN
  state.ratio = NaN
  if (!(value > 0 && value < Infinity)) {
    state.run = 0
    restartBlock(state)
    return
  }
  if (state.run < window) state.run++
  data[state.at] = value
  const at = ++state.at
  state.blockTop = Math.max(state.blockTop, value)
  state.blockBottom = Math.min(state.blockBottom, value)
  state.blockRatio = Math.min(state.blockRatio, value / state.blockTop)
  if (state.run === window) {
    state.top = state.blockTop
    state.ratio = state.blockRatio
    if (at < window) {
      const olderTop = data[window + at]!
      state.top = Math.max(state.top, olderTop)
      state.ratio = Math.min(state.ratio, data[2 * window + at]!, state.blockBottom / olderTop)
    }
  }
  if (at === window) completeBlock(state)
}

function completeBlock(state: FallWindow): void {
  const { window, data } = state
  let top = 0
  let bottom = Infinity
  let ratio = 1
  for (let k = window - 1; k >= 0; k--) {
    top = Math.max(top, data[k]!)
    bottom = Math.min(bottom, data[k]!)
    ratio = Math.min(ratio, bottom / data[k]!)
    data[window + k] = top
    data[2 * window + k] = ratio
  }
  restartBlock(state)
}

function restartBlock(state: FallWindow): void {
  state.at = 0
  state.blockTop = 0
  state.blockBottom = Infinity
  state.blockRatio = 1
}
