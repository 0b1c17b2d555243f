import type { Three } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  advanceIndex,
  averageDirectional,
  indexSettles,
  rowsBeforeIndex,
  type AverageDirectionalState,
} from './average-directional-index.ts'

interface RatingState {
  readonly index: AverageDirectionalState
  /** The last window − 1 indices; `at` is the oldest. */
  readonly earlier: Float64Array
  at: number
}

/** Wilder (1978); TA-Lib ADXR looks window − 1 rows back, not window. Rows are those with an ADX. */
export const averageDirectionalRating = recursiveIndicator<RatingState>({
  name: 'ADXR',
  doc: 'Average directional movement rating, 0 … 100: mean of the ADX now and window − 1 rows ago; TA-Lib ADXR.',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(14, { min: 2 })],
  reads: 1,
  before: ([window]) => rowsBeforeIndex(window!) + window! - 1,
  settles: ([window]) => indexSettles(window!),
  state: ([window]) => ({
    index: averageDirectional(window!),
    earlier: new Float64Array(window! - 1).fill(NaN),
    at: 0,
  }),
  advance(state, inputs, from, to, [out]) {
    const { index, earlier } = state
    const [high, low, close] = inputs as Three
    advanceIndex(index, high, low, close, from, to, out!)
    for (let i = from; i < to; i++) {
      const now = out![i]!
      if (now !== now) continue
      out![i] = finite((now + earlier[state.at]!) / 2)
      earlier[state.at] = now
      state.at = state.at + 1 === earlier.length ? 0 : state.at + 1
    }
  },
})
