/**
 * Where the close stands in the range of the last bars (Lane): fast %K = 100 (close − lowest low) / (highest high − lowest
 * low), %D and slow %K means of it. A range of zero says nothing about the close, so %K is NaN there and so is every mean over
 * it, where TA-Lib answers 0.
 */
import type { OperatorParams } from '../../../operator.ts'
import { windowKernel } from '../stages/indicator.ts'
import { blockSums, missing } from '../stages/kernel-states.ts'
import { windowOf } from '../stages/parameters.ts'

const inputs = ['high', 'low', 'close'] as const
const fastWindow = windowOf(14, { name: 'fastK' })
const signalWindow = windowOf(3, { name: 'signal' })

/** Both lines have their first value with the slower one, as in TA-Lib. */
export const stochastic = windowKernel({
  name: 'Stoch',
  doc: 'Slow stochastic, 0 … 100: .k is the mean of fast %K over slowK rows, .d the mean of .k; TA-Lib STOCH.',
  inputs,
  outputs: ['k', 'd'],
  params: [fastWindow, windowOf(3, { name: 'slowK' }), signalWindow],
  span: ([fastK, slowK, mean]) => fastK! + slowK! + mean! - 2,
  kernel: 'stochastic',
  state: stateOf,
})

export const fastStochastic = windowKernel({
  name: 'StochF',
  doc: 'Fast stochastic, 0 … 100: .k is the close within the range of fastK rows, .d its mean; TA-Lib STOCHF.',
  inputs,
  outputs: ['k', 'd'],
  params: [fastWindow, signalWindow],
  span: ([fastK, mean]) => fastK! + mean! - 1,
  kernel: 'stochastic',
  state: ([fastK, mean]) => stateOf([fastK!, 1, mean!]),
})

function stateOf([fastK, slowK, mean]: OperatorParams): readonly number[] {
  const extremes = Array.from({ length: 2 * (fastK! + 2) }, () => -Infinity)
  return [fastK!, slowK!, mean!, 0, 0, ...extremes, ...sumsOf(slowK!), ...sumsOf(mean!)]
}

/** Of three values the last two are kept, as their sum is taken anew each time. */
function sumsOf(window: number): readonly number[] {
  return window === 3 ? missing(window + 3) : [0, ...blockSums(window)]
}
