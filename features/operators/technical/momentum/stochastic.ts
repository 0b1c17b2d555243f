/**
 * Where the close stands in the range of the last bars (Lane): fast %K = 100 (close − lowest low) / (highest high − lowest
 * low), %D and slow %K means of it. A range of zero says nothing about the close, so %K is NaN there and so is every mean over
 * it, where TA-Lib answers 0.
 */
import type { OperatorParams } from '../../../operator.ts'
import { blockRows, scratch } from '../stages/blocks.ts'
import type { Three, Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'
import { slideSums, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface StochasticState {
  readonly range: SlidingRange
  readonly slow: SlidingSum
  readonly signal: SlidingSum
}

const inputs = ['high', 'low', 'close'] as const
const fastWindow = windowOf(14, { name: 'fastK' })
const signalWindow = windowOf(3, { name: 'signal' })

/** Both lines have their first value with the slower one, as in TA-Lib. */
export const stochastic = windowIndicator<StochasticState>({
  name: 'Stoch',
  doc: 'Slow stochastic, 0 … 100: .k is the mean of fast %K over slowK rows, .d the mean of .k; TA-Lib STOCH.',
  inputs,
  outputs: ['k', 'd'],
  params: [fastWindow, windowOf(3, { name: 'slowK' }), signalWindow],
  span: ([fastK, slowK, mean]) => fastK! + slowK! + mean! - 2,
  state: ([fastK, slowK, mean]) => stateOf([fastK!, slowK!, mean!]),
  advance,
})

export const fastStochastic = windowIndicator<StochasticState>({
  name: 'StochF',
  doc: 'Fast stochastic, 0 … 100: .k is the close within the range of fastK rows, .d its mean; TA-Lib STOCHF.',
  inputs,
  outputs: ['k', 'd'],
  params: [fastWindow, signalWindow],
  span: ([fastK, mean]) => fastK! + mean! - 1,
  state: ([fastK, mean]) => stateOf([fastK!, 1, mean!]),
  advance,
})

function stateOf([fastK, slowK, mean]: OperatorParams): StochasticState {
  return {
    range: slidingRange(fastK!),
    slow: slidingSum(slowK!),
    signal: slidingSum(mean!),
  }
}

const highest = scratch()
const lowest = scratch()

function advance(
  { range, slow, signal }: StochasticState,
  columns: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const [high, low, close] = columns as Three
  const [kOut, dOut] = outs as Two
  const slowWeight = 1 / slow.window
  const signalWeight = 1 / signal.window
  for (let start = from; start < to; start += blockRows) {
    const count = Math.min(blockRows, to - start)
    slideRanges(range, high, low, start, count, highest, lowest)
    const fast = highest
    for (let j = 0; j < count; j++) {
      const bottom = lowest[j]!
      fast[j] = finite((100 * (close[start + j]! - bottom)) / (highest[j]! - bottom))
    }
    slideSums(slow, fast, count)
    const line = lowest
    for (let j = 0; j < count; j++) {
      const k = fast[j]! * slowWeight
      line[j] = k
      kOut[start + j] = k
    }
    slideSums(signal, line, count)
    for (let j = 0; j < count; j++) {
      const d = line[j]! * signalWeight
      dOut[start + j] = d
      if (d !== d) kOut[start + j] = NaN
    }
  }
}
