/**
 * Where the close stands in the range of the last bars (Lane): fast %K = 100 (close − lowest low) / (highest high − lowest
 * low), %D and slow %K means of it. A range of zero says nothing about the close, so %K is NaN there and so is every mean over
 * it, where TA-Lib answers 0.
 */
import type { OperatorParams } from '../../../operator.ts'
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
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface StochasticState {
  readonly highest: SlidingMaximum
  /** Of the negatives. */
  readonly lowest: SlidingMaximum
  readonly slow: SlidingSum
  readonly signal: SlidingSum
}

const inputs = ['high', 'low', 'close'] as const
const range = windowOf(14, { name: 'fastK' })
const signal = windowOf(3, { name: 'signal' })

/** Both lines have their first value with the slower one, as in TA-Lib. */
export const stochastic = windowIndicator<StochasticState>({
  name: 'Stoch',
  doc: 'Slow stochastic, 0 … 100: .k is the mean of fast %K over slowK rows, .d the mean of .k; TA-Lib STOCH.',
  inputs,
  outputs: ['k', 'd'],
  params: [range, windowOf(3, { name: 'slowK' }), signal],
  span: ([fastK, slowK, mean]) => fastK! + slowK! + mean! - 2,
  state: ([fastK, slowK, mean]) => stateOf([fastK!, slowK!, mean!]),
  advance,
})

export const fastStochastic = windowIndicator<StochasticState>({
  name: 'StochF',
  doc: 'Fast stochastic, 0 … 100: .k is the close within the range of fastK rows, .d its mean; TA-Lib STOCHF.',
  inputs,
  outputs: ['k', 'd'],
  params: [range, signal],
  span: ([fastK, mean]) => fastK! + mean! - 1,
  state: ([fastK, mean]) => stateOf([fastK!, 1, mean!]),
  advance,
})

function stateOf([fastK, slowK, mean]: OperatorParams): StochasticState {
  return {
    highest: slidingMaximum(fastK!),
    lowest: slidingMaximum(fastK!),
    slow: slidingSum(slowK!),
    signal: slidingSum(mean!),
  }
}

function advance(
  state: StochasticState,
  columns: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const [high, low, close] = columns as Three
  const [kOut, dOut] = outs
  const { highest, lowest, slow, signal } = state
  for (let i = from; i < to; i++) {
    const top = high[i]!
    const bottom = -low[i]!
    const last = close[i]!
    kOut![i] = NaN
    dOut![i] = NaN
    const spread = top + bottom + last
    if (spread - spread !== 0) {
      restartMaximum(highest)
      restartMaximum(lowest)
      restartSum(slow)
      restartSum(signal)
      continue
    }
    const most = slideMaximum(highest, top)
    const least = slideMaximum(lowest, bottom)
    const width = most + least
    if (!(width > 0)) {
      restartSum(slow)
      restartSum(signal)
      continue
    }
    const k = slideSum(slow, (100 * (last + least)) / width) / slow.window
    if (k !== k) continue
    const d = slideSum(signal, k) / signal.window
    if (d !== d) continue
    kOut![i] = finite(k)
    dOut![i] = finite(d)
  }
}
