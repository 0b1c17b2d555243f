/**
 * Aroon (Chande 1995): how long ago the high and the low of the last window + 1 rows were, 100 for now and 0 for window rows
 * ago; of equal extremes the newest counts, as in TA-Lib.
 */
import type { Two } from '../stages/inputs.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'

interface AroonState {
  readonly window: number
  /** Rows in a row with both prices. */
  run: number
  /** Rows since the extremes. */
  sinceHigh: number
  sinceLow: number
}

const stateOf = (window: number): AroonState => ({ window, run: 0, sinceHigh: 0, sinceLow: 0 })

export const aroon = windowIndicator<AroonState>({
  name: 'Aroon',
  doc: 'Aroon, 0 … 100: .up falls with the rows since the high of the window, .down with those since its low; TA-Lib AROON.',
  inputs: ['high', 'low'],
  outputs: ['down', 'up'],
  params: [windowOf(14, { min: 2 })],
  span: ([window]) => window! + 1,
  state: ([window]) => stateOf(window!),
  advance(state, inputs, from, to, [down, up]) {
    const { window } = state
    for (let i = from; i < to; i++) {
      const known = findExtremes(state, inputs as Two, i)
      down![i] = known ? (100 * (window - state.sinceLow)) / window : NaN
      up![i] = known ? (100 * (window - state.sinceHigh)) / window : NaN
    }
  },
})

export const aroonOscillator = windowIndicator<AroonState>({
  name: 'AroonOsc',
  doc: 'Aroon oscillator, −100 … 100: Aroon up less Aroon down; TA-Lib AROONOSC.',
  inputs: ['high', 'low'],
  params: [windowOf(14, { min: 2 })],
  span: ([window]) => window! + 1,
  state: ([window]) => stateOf(window!),
  advance(state, inputs, from, to, [out]) {
    const { window } = state
    for (let i = from; i < to; i++) {
      const known = findExtremes(state, inputs as Two, i)
      out![i] = known ? (100 * (state.sinceLow - state.sinceHigh)) / window : NaN
    }
  },
})

/** Updates how long ago the extremes of the rows up to i were; answers whether the window is whole. */
function findExtremes(state: AroonState, [high, low]: Two, i: number): boolean {
  const { window } = state
  const whole = high[i]! + low[i]!
  if (whole - whole !== 0) {
    state.run = 0
    return false
  }
  if (state.run === 0) state.sinceHigh = state.sinceLow = -1
  state.run = Math.min(state.run + 1, window + 1)
  state.sinceHigh++
  state.sinceLow++
  if (high[i]! >= high[i - state.sinceHigh]!) state.sinceHigh = 0
  if (low[i]! <= low[i - state.sinceLow]!) state.sinceLow = 0
  if (state.sinceHigh > window) {
    state.sinceHigh = 0
    for (let k = 1; k <= window; k++)
      if (high[i - k]! > high[i - state.sinceHigh]!) state.sinceHigh = k
  }
  if (state.sinceLow > window) {
    state.sinceLow = 0
    for (let k = 1; k <= window; k++) if (low[i - k]! < low[i - state.sinceLow]!) state.sinceLow = k
  }
  return state.run > window
}
