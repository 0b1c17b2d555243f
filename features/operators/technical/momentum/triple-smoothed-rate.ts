import type { One } from '../stages/inputs.ts'
import {
  alphaOf,
  exponentialChain,
  smoothAll,
  type ExponentialChain,
} from '../averages/exponential-chain.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'

interface TripleSmoothedState {
  readonly chain: ExponentialChain
  /** The last mean; NaN before there is one. */
  previous: number
}

/** Hutson (1983). */
export const tripleSmoothedRate = recursiveIndicator<TripleSmoothedState>({
  name: 'TRIX',
  doc: 'Change of a triple exponential mean from one valid row to the next, in percent; TA-Lib TRIX.',
  inputs: ['x'],
  params: [windowOf(15)],
  reads: 0,
  before: ([window]) => 3 * (window! - 1) + 1,
  settles: ([window]) => settlingRows(alphaOf(window!), 3),
  state: ([window]) => ({ chain: exponentialChain(window!, 3), previous: NaN }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) {
      const mean = smoothAll(state.chain, x[i]!)
      out![i] = finite((100 * (mean - state.previous)) / state.previous)
      if (mean === mean) state.previous = mean
    }
  },
})
