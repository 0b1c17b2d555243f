import { smooth, smoothed, type SmoothedState } from '../../exponential/smoothed.ts'
import { alphaOf } from '../averages/exponential-chain.ts'
import type { Three } from '../stages/inputs.ts'
import { trueRange, typicalPrice } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { factor, windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'

interface KeltnerState {
  readonly middle: SmoothedState
  readonly range: SmoothedState
  readonly multiple: number
  /** Bars taken in, and how many of them each mean passes over, so that both have their seed at the same bar. */
  seen: number
  readonly middleAfter: number
  readonly rangeAfter: number
}

const firstOf = (window: number, rangeWindow: number): number => Math.max(window - 1, rangeWindow)

/** Keltner (1960) in Raschke's form, both means seeded with the newest bars before the first value. The middle is a mean of typical prices, as in TA-Lib KC; some charts take closes. */
export const keltnerChannel = recursiveIndicator<KeltnerState>({
  name: 'Keltner',
  doc: 'Keltner channel in price units: .middle is the exponential mean of typical prices, .upper and .lower are multiple average true ranges from it; TA-Lib KC.',
  inputs: ['high', 'low', 'close'],
  outputs: ['upper', 'middle', 'lower'],
  params: [windowOf(20, { min: 2 }), windowOf(10, { name: 'rangeWindow' }), factor('multiple', 2)],
  reads: 1,
  before: ([window, rangeWindow]) => firstOf(window!, rangeWindow!),
  settles: ([window, rangeWindow]) =>
    Math.max(settlingRows(alphaOf(window!), 1), settlingRows(1 / rangeWindow!, 1)),
  state: ([window, rangeWindow, multiple]) => ({
    middle: smoothed(alphaOf(window!), window!),
    range: smoothed(1 / rangeWindow!, rangeWindow!),
    multiple: multiple!,
    seen: 0,
    middleAfter: firstOf(window!, rangeWindow!) - window! + 1,
    rangeAfter: firstOf(window!, rangeWindow!) - rangeWindow! + 1,
  }),
  advance(state, inputs, from, to, outs) {
    const [high, low, close] = inputs as Three
    const [upper, middle, lower] = outs as readonly [Float64Array, Float64Array, Float64Array]
    for (let i = from; i < to; i++) {
      upper[i] = NaN
      middle[i] = NaN
      lower[i] = NaN
      const price = typicalPrice(high[i]!, low[i]!, close[i]!)
      // The first bar has a price and no true range.
      const range = state.seen > 0 ? trueRange(high[i]!, low[i]!, i >= 1 ? close[i - 1]! : NaN) : 0
      const whole = price + range
      if (whole - whole !== 0) continue
      const { seen, middleAfter, rangeAfter } = state
      state.seen = seen + 1
      const mean = seen >= middleAfter ? smooth(state.middle, price) : NaN
      const width = seen >= rangeAfter ? state.multiple * smooth(state.range, range) : NaN
      if (mean + width !== mean + width) continue
      upper[i] = finite(mean + width)
      middle[i] = finite(mean)
      lower[i] = finite(mean - width)
    }
  },
})
