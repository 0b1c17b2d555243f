/** Middle between the extremes of a window, of one series or of highs and lows. */
import type { SeriesOperator } from '../../../operator.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  restartMaximum,
  slideMaximum,
  slidingMaximum,
  type SlidingMaximum,
} from '../stages/sliding-maximum.ts'

interface MidRangeState {
  readonly highest: SlidingMaximum
  /** Of the negatives. */
  readonly lowest: SlidingMaximum
}

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
): SeriesOperator<MidRangeState> {
  return windowIndicator<MidRangeState>({
    name,
    doc,
    inputs,
    params: [windowOf(14)],
    span: ([window]) => window!,
    state: ([window]) => ({ highest: slidingMaximum(window!), lowest: slidingMaximum(window!) }),
    advance({ highest, lowest }, columns, from, to, [out]) {
      const top = columns[0]!
      const bottom = columns[1] ?? top
      for (let i = from; i < to; i++) {
        const spread = top[i]! - bottom[i]!
        if (spread - spread !== 0) {
          restartMaximum(highest)
          restartMaximum(lowest)
          out![i] = NaN
          continue
        }
        const most = slideMaximum(highest, top[i]!)
        out![i] = finite((most - slideMaximum(lowest, -bottom[i]!)) / 2)
      }
    },
  })
}
