import type { Three } from '../stages/inputs.ts'
import { typicalPrice } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface ChannelState {
  readonly window: number
  readonly sum: SlidingSum
  /** The last `window` typical prices; after a full round in any order. */
  readonly recent: Float64Array
  /** How many equal prices the newest one ends. */
  equal: number
  previous: number
}

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
    recent: new Float64Array(window!),
    equal: 0,
    previous: NaN,
  }),
  advance(state, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    const { window, sum, recent } = state
    for (let i = from; i < to; i++) {
      const price = typicalPrice(high[i]!, low[i]!, close[i]!)
      if (price - price !== 0) {
        restartSum(sum)
        state.equal = 0
        state.previous = NaN
        out![i] = NaN
        continue
      }
      recent[sum.at] = price
      state.equal = price === state.previous ? state.equal + 1 : 1
      state.previous = price
      const total = slideSum(sum, price)
      // Equal prices may differ from their mean by rounding, which would read as a deviation.
      if (total !== total || state.equal >= window) {
        out![i] = NaN
        continue
      }
      const mean = total / window
      const deviation = absoluteDeviations(recent, mean) / window
      out![i] = finite((price - mean) / (0.015 * deviation))
    }
  },
})

/** Σ |x − mean|, in four sums so that an addition need not wait for the one before. */
function absoluteDeviations(values: Float64Array, mean: number): number {
  const length = values.length
  const whole = length - (length % 4)
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let k = 0
  for (; k < whole; k += 4) {
    a += Math.abs(values[k]! - mean)
    b += Math.abs(values[k + 1]! - mean)
    c += Math.abs(values[k + 2]! - mean)
    d += Math.abs(values[k + 3]! - mean)
  }
  for (; k < length; k++) a += Math.abs(values[k]! - mean)
  return a + b + (c + d)
}
