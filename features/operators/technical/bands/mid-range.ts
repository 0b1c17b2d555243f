/** Middle between the extremes of a window, of one series or of highs and lows. */
import type { SeriesOperator } from '../../../operator.ts'
import { blockRows, scratch } from '../stages/blocks.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'

const highest = scratch()
const lowest = scratch()

export const midPoint = midRange(
  'MidPoint',
  ['x'],
  'Middle between the largest and the smallest of the last window values; TA-Lib MIDPOINT.',
)

export const midPrice = midRange(
  'MidPrice',
  ['high', 'low'],
  'Middle between the highest high and the lowest low of window rows, in price units; TA-Lib MIDPRICE.',
)

function midRange(
  name: string,
  inputs: readonly ['x'] | readonly ['high', 'low'],
  doc: string,
): SeriesOperator<SlidingRange> {
  return windowIndicator<SlidingRange>({
    name,
    doc,
    inputs,
    params: [windowOf(14)],
    span: ([window]) => window!,
    state: ([window]) => slidingRange(window!),
    advance(range, columns, from, to, [out]) {
      const top = columns[0]!
      const bottom = columns[1] ?? top
      for (let start = from; start < to; start += blockRows) {
        const count = Math.min(blockRows, to - start)
        slideRanges(range, top, bottom, start, count, highest, lowest)
        for (let j = 0; j < count; j++) out![start + j] = finite((highest[j]! + lowest[j]!) / 2)
      }
    },
  })
}
