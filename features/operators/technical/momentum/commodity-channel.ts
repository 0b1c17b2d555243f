import { typicalPrice } from '../stages/bar.ts'
import { blockRows, scratch } from '../stages/blocks.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import type { Three } from '../stages/inputs.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideSums, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'
import { sumDeviations } from './absolute-deviations.ts'

interface ChannelState {
  readonly window: number
  readonly sum: SlidingSum
  /** The last window − 1 typical prices, and room for a block of new ones after them. */
  readonly prices: Float64Array
}

const sums = scratch()
const deviations = scratch()

/** Lambert (1980). */
export const commodityChannel = windowIndicator<ChannelState>({
  name: 'CCI',
  doc: 'Commodity channel index: typical price less its mean over window rows, in units of 0.015 mean absolute deviations; NaN where nothing moved; TA-Lib CCI.',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(20, { min: 2 })],
  span: ([window]) => window!,
  state: ([window]) => ({
    window: window!,
    sum: slidingSum(window!),
    prices: new Float64Array(window! - 1 + blockRows).fill(NaN),
  }),
  advance(state, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    const { window, sum, prices } = state
    const first = window - 1
    const inverse = 1 / window
    const scale = 0.015 * inverse
    // Equal prices may differ from their mean by rounding, which would read as a deviation; this is the most it can be.
    const rounding = (window * window) / 2 ** 53
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      for (let j = 0; j < count; j++) {
        const i = start + j
        const price = finite(typicalPrice(high[i]!, low[i]!, close[i]!))
        prices[first + j] = price
        sums[j] = price
      }
      slideSums(sum, sums, count)
      sumDeviations(prices, window, sums, count, deviations)
      for (let j = 0; j < count; j++) {
        const mean = sums[j]! * inverse
        const moved = deviations[j]!
        const value = finite((prices[first + j]! - mean) / (scale * moved))
        out![start + j] = moved > rounding * Math.abs(mean) ? value : NaN
      }
      prices.copyWithin(0, count, count + first)
    }
  },
})
