import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { alphaOf, exponentialChain, smoothAll, type ExponentialChain } from './exponential-chain.ts'

/** Mulloy (1994). */
export const tripleExponentialMean = recursiveIndicator<ExponentialChain>({
  name: 'TEMA',
  doc: 'Triple exponential mean, 3 EMA − 3 EMA² + EMA³ (powers are repetitions); TA-Lib TEMA.',
  inputs: ['x'],
  params: [windowOf(20)],
  reads: 0,
  before: ([window]) => 3 * (window! - 1),
  settles: ([window]) => settlingRows(alphaOf(window!), 3),
  state: ([window]) => exponentialChain(window!, 3),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { values } = state
    for (let i = from; i < to; i++) {
      const third = smoothAll(state, x[i]!)
      out![i] = finite(3 * values[0]! - 3 * values[1]! + third)
    }
  },
})
