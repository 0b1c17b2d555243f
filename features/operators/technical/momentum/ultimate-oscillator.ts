import { check } from '../../../../core/checks.ts'
import type { Three } from '../stages/inputs.ts'
import { trueRange } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

/** Sums of buying pressure and of true range over the short, medium and long window. */
interface UltimateState {
  readonly pressures: readonly SlidingSum[]
  readonly ranges: readonly SlidingSum[]
}

const weights = [4, 2, 1]

/** Williams (1985). */
export const ultimateOscillator = windowIndicator<UltimateState>({
  name: 'UltOsc',
  doc: 'Ultimate oscillator, 0 … 100: buying pressure over true range in three windows, weighed 4 : 2 : 1; NaN where a range is 0; TA-Lib ULTOSC.',
  inputs: ['high', 'low', 'close'],
  params: [
    windowOf(7, { name: 'short' }),
    windowOf(14, { name: 'medium' }),
    windowOf(28, { name: 'long' }),
  ],
  check([short, medium, long]) {
    const ordered = short! <= medium! && medium! <= long!
    check(ordered, 'windows of UltOsc', 'ascending', [short, medium, long])
  },
  // The first true range needs the close before it.
  span: ([, , long]) => long! + 1,
  state: (windows) => ({
    pressures: windows.map(slidingSum),
    ranges: windows.map(slidingSum),
  }),
  advance({ pressures, ranges }, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    for (let i = from; i < to; i++) {
      const previous = i >= 1 ? close[i - 1]! : NaN
      const range = trueRange(high[i]!, low[i]!, previous)
      const pressure = close[i]! - Math.min(low[i]!, previous)
      const valid = range + pressure - (range + pressure) === 0
      let value = 0
      for (let k = 0; k < 3; k++) {
        if (valid) {
          const share = slideSum(pressures[k]!, pressure) / slideSum(ranges[k]!, range)
          value += weights[k]! * share
        } else {
          restartSum(pressures[k]!)
          restartSum(ranges[k]!)
          value = NaN
        }
      }
      out![i] = finite((100 * value) / 7)
    }
  },
})
