import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'
import { zero } from '../stages/zero.ts'

interface AdaptiveState {
  readonly window: number
  /** The last window + 1 valid values, and where the next one goes. */
  readonly recent: Float64Array
  readonly path: SlidingSum
  at: number
  seen: number
  value: number
}

/** Smoothing constants of exponential means over 2 and 30 rows, between which the efficiency ratio moves. */
const fastest = 2 / 3
const slowest = 2 / 31

/**
 * Kaufman, "Smarter Trading" (1995). The mean starts from the value before the first whole window, as TA-Lib KAMA starts.
 * Values are remembered here and not read from the input, so that a gap takes no valid one out of the window.
 */
export const adaptiveMean = recursiveIndicator<AdaptiveState>({
  name: 'KAMA',
  doc: 'Kaufman adaptive mean: fast where the path over window rows is straight (or nothing moved), slow where it is not; TA-Lib KAMA.',
  inputs: ['x'],
  params: [windowOf(20, { min: 2 })],
  reads: 0,
  before: ([window]) => window!,
  // At worst nothing but noise: the slowest constant, squared.
  settles: () => Math.ceil(Math.log(1000) / slowest ** 2),
  state: ([window]) => ({
    window: window!,
    recent: new Float64Array(window! + 1),
    path: slidingSum(window!),
    at: 0,
    seen: 0,
    value: zero,
  }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { window, recent, path } = state
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value - value !== 0) {
        out![i] = NaN
        continue
      }
      const { at } = state
      const previous = recent[at === 0 ? window : at - 1]!
      recent[at] = value
      const next = at === window ? 0 : at + 1
      state.at = next
      state.seen++
      if (state.seen === 1) {
        out![i] = NaN
        continue
      }
      const length = slideSum(path, Math.abs(value - previous))
      if (state.seen <= window) {
        state.value = value
        out![i] = NaN
        continue
      }
      // After a full round the next place holds the oldest value.
      const distance = Math.abs(value - recent[next]!)
      const efficiency = length > distance ? distance / length : 1
      const constant = efficiency * (fastest - slowest) + slowest
      state.value += constant * constant * (value - state.value)
      out![i] = finite(state.value)
    }
  },
})
