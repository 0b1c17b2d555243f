import type { One } from '../stages/inputs.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  restartWeighted,
  slideWeighted,
  slidingWeighted,
  type SlidingWeighted,
} from '../stages/sliding-weighted.ts'

interface HullState {
  readonly half: SlidingWeighted
  readonly whole: SlidingWeighted
  readonly last: SlidingWeighted
}

const rootOf = (window: number): number => Math.floor(Math.sqrt(window))

/** Hull (2005): WMA(2 WMA(x, n/2) − WMA(x, n), √n), with n/2 and √n rounded down as TA-Lib HMA does. */
export const hullMean = windowIndicator<HullState>({
  name: 'HMA',
  doc: 'Hull moving average: WMA over √window of 2 WMA(window / 2) − WMA(window); overshoots at turns; TA-Lib HMA.',
  inputs: ['x'],
  params: [windowOf(20, { min: 2 })],
  span: ([window]) => window! + rootOf(window!) - 1,
  state: ([window]) => ({
    half: slidingWeighted(Math.floor(window! / 2)),
    whole: slidingWeighted(window!),
    last: slidingWeighted(rootOf(window!)),
  }),
  advance({ half, whole, last }, inputs, from, to, [out]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value - value !== 0) {
        restartWeighted(half)
        restartWeighted(whole)
        restartWeighted(last)
        out![i] = NaN
        continue
      }
      const fast = slideWeighted(half, value)
      const slow = slideWeighted(whole, value)
      out![i] = slow === slow ? finite(slideWeighted(last, 2 * fast - slow)) : NaN
    }
  },
})
