import { blockRows, scratch } from '../stages/blocks.ts'
import type { Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'

const highest = scratch()
const lowest = scratch()

/** Donchian (1960). The newest bar is in the window, as in TA-Lib, so that a close never lies outside. */
export const donchianChannel = windowIndicator<SlidingRange>({
  name: 'Donchian',
  doc: 'Donchian channel in price units over window rows, the newest among them: .upper the highest high, .lower the lowest low, .middle between; TA-Lib DONCHIAN.',
  inputs: ['high', 'low'],
  outputs: ['upper', 'middle', 'lower'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => slidingRange(window!),
  advance(range, inputs, from, to, outs) {
    const [high, low] = inputs as Two
    const [upper, middle, lower] = outs as readonly [Float64Array, Float64Array, Float64Array]
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      slideRanges(range, high, low, start, count, highest, lowest)
      for (let j = 0; j < count; j++) {
        upper[start + j] = highest[j]!
        middle[start + j] = finite((highest[j]! + lowest[j]!) / 2)
        lower[start + j] = lowest[j]!
      }
    }
  },
})
