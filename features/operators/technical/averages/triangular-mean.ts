import type { One } from '../stages/inputs.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface TriangularState {
  readonly inner: SlidingSum
  readonly outer: SlidingSum
  readonly weights: number
}

/** A mean of means of half the window each, which weighs the middle most. */
export const triangularMean = windowIndicator<TriangularState>({
  name: 'TRIMA',
  doc: 'Mean of the last window values with weights that rise to the middle and fall again; TA-Lib TRIMA.',
  inputs: ['x'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state([window]) {
    const half = Math.floor((window! + 1) / 2)
    const other = window! + 1 - half
    return { inner: slidingSum(half), outer: slidingSum(other), weights: half * other }
  },
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { inner, outer, weights } = state
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value - value !== 0) {
        restartSum(inner)
        restartSum(outer)
        out![i] = NaN
        continue
      }
      const sum = slideSum(inner, value)
      out![i] = sum === sum ? finite(slideSum(outer, sum) / weights) : NaN
    }
  },
})
