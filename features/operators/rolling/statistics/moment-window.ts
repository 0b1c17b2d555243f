/**
 * Central moments of the last `window` values in O(1) a row, on the blocks of `block-window.ts`: sums of the powers of deviations
 * from an anchor, of the current block's start and of the end of the block before. The window's values themselves are kept
 * too, so that a value need not be an input column. Missing values take their place in the window and are not counted.
 *
 * Where the anchor lies too far from the mean for the sums to keep twelve digits, the moments are taken about the mean in two
 * passes over the window.
 */
import { cancellation } from '../block-window.ts'

/** Third and fourth powers cancel sooner: the anchor may lie 4.4 standard deviations from the mean. */
const fourthOrderCancellation = 0.05

export interface MomentWindow {
  readonly window: number
  /** Highest power: 2 or 4. */
  readonly orders: number
  /** The window's values in block order, then per power its sums from each place of the block before to its end. */
  readonly data: Float64Array
  at: number
  anchor: number
  /** Sums of the current block. */
  ones: number
  twos: number
  threes: number
  fours: number
  /** Of the window that the newest value ends: valid values, their mean, and the sums of the powers of deviations from it. */
  count: number
  mean: number
  squares: number
  cubes: number
  fourths: number
}

/** One object literal, without spreads: states of one shape keep the loops of all who use them compiled. */
export function momentWindow(window: number, orders: 2 | 4): MomentWindow {
  return {
    window,
    orders,
    data: new Float64Array(window + orders * (window + 1)).fill(NaN, 0, window),
    at: 0,
    anchor: NaN,
    ones: 0,
    twos: 0,
    threes: 0,
    fours: 0,
    count: 0,
    mean: NaN,
    squares: NaN,
    cubes: NaN,
    fourths: NaN,
  }
}

/** Takes the next value, NaN where it is missing; the moments are then of the window that it ends. */
export function pushMoment(state: MomentWindow, value: number): void {
  const { window, orders, data } = state
  const leaving = data[state.at]!
  if (leaving === leaving) state.count--
  data[state.at] = value
  const at = ++state.at
  if (value === value) {
    state.count++
    if (state.anchor !== state.anchor) state.anchor = value
    const deviation = value - state.anchor
    const square = deviation * deviation
    state.ones += deviation
    state.twos += square
    if (orders === 4) {
      state.threes += square * deviation
      state.fours += square * square
    }
  }
  const first = window + at
  const step = window + 1
  const ones = state.ones + data[first]!
  const twos = state.twos + data[first + step]!
  const shift = ones / state.count
  state.mean = state.anchor + shift
  state.squares = twos - ones * shift
  if (orders === 2) {
    if (!(state.squares > cancellation * twos)) fromValues(state)
  } else if (!(state.squares > fourthOrderCancellation * twos)) fromValues(state)
  else {
    const threes = state.threes + data[first + 2 * step]!
    const fours = state.fours + data[first + 3 * step]!
    state.cubes = threes - shift * (3 * twos - 2 * ones * shift)
    state.fourths = fours - shift * (4 * threes - shift * (6 * twos - 3 * ones * shift))
  }
  if (at === window) completeBlock(state, value)
}

function completeBlock(state: MomentWindow, newest: number): void {
  const { window, orders, data } = state
  if (newest === newest) state.anchor = newest
  const { anchor } = state
  const step = window + 1
  let ones = 0
  let twos = 0
  let threes = 0
  let fours = 0
  for (let k = window - 1; k >= 0; k--) {
    const deviation = data[k]! - anchor
    if (deviation === deviation) {
      const square = deviation * deviation
      ones += deviation
      twos += square
      threes += square * deviation
      fours += square * square
    }
    data[window + k] = ones
    data[window + step + k] = twos
    if (orders === 2) continue
    data[window + 2 * step + k] = threes
    data[window + 3 * step + k] = fours
  }
  state.at = 0
  state.ones = state.twos = state.threes = state.fours = 0
}

/** Two passes, with the rounding of the mean corrected (Chan, Golub, LeVeque 1983): exactly 0 for a constant window. */
function fromValues(state: MomentWindow): void {
  const { window, data } = state
  let first = NaN
  let total = 0
  let count = 0
  for (let k = 0; k < window; k++) {
    const value = data[k]!
    if (value !== value) continue
    if (first !== first) first = value
    total += value - first
    count++
  }
  const mean = first + total / count
  let rest = 0
  let squares = 0
  let cubes = 0
  let fourths = 0
  for (let k = 0; k < window; k++) {
    const deviation = data[k]! - mean
    if (deviation !== deviation) continue
    const square = deviation * deviation
    rest += deviation
    squares += square
    cubes += square * deviation
    fourths += square * square
  }
  state.mean = mean
  state.squares = Math.max(0, squares - (rest * rest) / count)
  state.cubes = cubes
  state.fourths = fourths
}

/** Whether the deviations are more than the rounding of values of the level of `mean`. */
export function varies(squares: number, count: number, mean: number): boolean {
  return squares > 1e-26 * count * mean * mean
}
