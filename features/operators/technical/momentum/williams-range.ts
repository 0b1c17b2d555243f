import { blockRows, scratch } from '../stages/blocks.ts'
import type { Three } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'

const highest = scratch()
const lowest = scratch()

/** Williams (1973). */
export const williamsRange = windowIndicator<SlidingRange>({
  name: 'WillR',
  doc: 'Williams %R, −100 … 0: the close below the highest high, over the range of window rows; NaN where that is 0 (TA-Lib WILLR answers 0).',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(14)],
  span: ([window]) => window!,
  state: ([window]) => slidingRange(window!),
  advance(range, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      slideRanges(range, high, low, start, count, highest, lowest)
      for (let j = 0; j < count; j++) {
        const top = highest[j]!
        out![start + j] = finite((-100 * (top - close[start + j]!)) / (top - lowest[j]!))
      }
    }
  },
})
