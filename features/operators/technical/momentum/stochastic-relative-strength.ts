import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideMaximum, slidingMaximum, type SlidingMaximum } from '../stages/sliding-maximum.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'
import { takeChange, wilderChanges, type WilderChanges } from './wilder-changes.ts'

interface StochasticStrengthState {
  readonly changes: WilderChanges
  readonly highest: SlidingMaximum
  /** Of the negatives. */
  readonly lowest: SlidingMaximum
  readonly signal: SlidingSum
}

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
    highest: slidingMaximum(fastK!),
    lowest: slidingMaximum(fastK!),
    signal: slidingSum(mean!),
  }),
  advance({ changes, highest, lowest, signal }, inputs, from, to, [kOut, dOut]) {
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
      const most = slideMaximum(highest, strength)
      const least = slideMaximum(lowest, -strength)
      const width = most + least
      if (!(width > leastRange)) {
        restartSum(signal)
        continue
      }
      const k = (100 * (strength + least)) / width
      const d = slideSum(signal, k) / signal.window
      if (d !== d) continue
      kOut![i] = k
      dOut![i] = d
    }
  },
})
