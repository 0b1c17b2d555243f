import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { alphaOf, exponentialChain, smoothAll, type ExponentialChain } from './exponential-chain.ts'

/** Mulloy (1994). */
export const doubleExponentialMean = recursiveIndicator<ExponentialChain>({
  name: 'DEMA',
  doc: 'Double exponential mean, 2 EMA − EMA of EMA; TA-Lib DEMA.',
  inputs: ['x'],
  params: [windowOf(20)],
  reads: 0,
  before: ([window]) => 2 * (window! - 1),
  settles: ([window]) => settlingRows(alphaOf(window!), 2),
  state: ([window]) => exponentialChain(window!, 2),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { values } = state
    for (let i = from; i < to; i++) {
      const second = smoothAll(state, x[i]!)
      out![i] = finite(2 * values[0]! - second)
    }
  },
})
