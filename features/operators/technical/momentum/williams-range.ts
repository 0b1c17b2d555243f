import type { Three } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  restartMaximum,
  slideMaximum,
  slidingMaximum,
  type SlidingMaximum,
} from '../stages/sliding-maximum.ts'

interface WilliamsState {
  readonly highest: SlidingMaximum
  /** Of the negatives. */
  readonly lowest: SlidingMaximum
}

/** Williams (1973). */
export const williamsRange = windowIndicator<WilliamsState>({
  name: 'WillR',
  doc: 'Williams %R, −100 … 0: the close below the highest high, over the range of window rows; NaN where that is 0 (TA-Lib WILLR answers 0).',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(14)],
  span: ([window]) => window!,
  state: ([window]) => ({ highest: slidingMaximum(window!), lowest: slidingMaximum(window!) }),
  advance({ highest, lowest }, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    for (let i = from; i < to; i++) {
      const top = high[i]!
      const bottom = -low[i]!
      const last = close[i]!
      const spread = top + bottom + last
      if (spread - spread !== 0) {
        restartMaximum(highest)
        restartMaximum(lowest)
        out![i] = NaN
        continue
      }
      const most = slideMaximum(highest, top)
      const width = most + slideMaximum(lowest, bottom)
      out![i] = width > 0 ? finite((-100 * (most - last)) / width) : NaN
    }
  },
})
