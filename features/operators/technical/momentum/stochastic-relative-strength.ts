import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'
import { takeChange, wilderChanges, type WilderChanges } from './wilder-changes.ts'

interface StochasticStrengthState {
  readonly changes: WilderChanges
  readonly range: SlidingRange
  readonly signal: SlidingSum
}

const newest = new Float64Array(1)
const highest = new Float64Array(1)
const lowest = new Float64Array(1)

/** A range of the RSI below this is rounding: in a stretch without movement it stands still but for the last digits. */
const leastRange = 1e-9

/** Chande and Kroll (1994); TA-Lib STOCHRSI. Rows are those with an RSI, so that a gap takes none out of the window. */
export const stochasticRelativeStrength = recursiveIndicator<StochasticStrengthState>({
  name: 'StochRSI',
  doc: 'Stochastic of the RSI, 0 … 100: .k is the RSI within its range of fastK rows, .d its mean; NaN where the RSI stands still; TA-Lib STOCHRSI.',
  inputs: ['x'],
  outputs: ['k', 'd'],
  params: [
    windowOf(14, { min: 2 }),
    windowOf(14, { name: 'fastK' }),
    windowOf(3, { name: 'signal' }),
  ],
  reads: 1,
  before: ([window, fastK, mean]) => window! + fastK! + mean! - 2,
  // The range of the RSI may be a tenth of its scale and less, and magnifies what is left of the start accordingly.
  settles: ([window]) => Math.ceil(Math.log(1e5) * window!),
  state: ([window, fastK, mean]) => ({
    changes: wilderChanges(window!),
    range: slidingRange(fastK!),
    signal: slidingSum(mean!),
  }),
  advance({ changes, range, signal }, inputs, from, to, [kOut, dOut]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) {
      kOut![i] = NaN
      dOut![i] = NaN
      const change = i >= 1 ? x[i]! - x[i - 1]! : NaN
      if (change - change !== 0) continue
      takeChange(changes, change)
      if (changes.seen < changes.window) continue
      const movement = changes.gain + changes.loss
      const strength = movement > 0 ? (100 * changes.gain) / movement : 50
      newest[0] = strength
      slideRanges(range, newest, newest, 0, 1, highest, lowest)
      const bottom = lowest[0]!
      const width = highest[0]! - bottom
      if (!(width > leastRange)) {
        restartSum(signal)
        continue
      }
      const k = (100 * (strength - bottom)) / width
      const d = slideSum(signal, k) / signal.window
      if (d !== d) continue
      kOut![i] = k
      dOut![i] = d
    }
  },
})
