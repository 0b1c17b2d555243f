import type { One } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { factor, windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { alphaOf, exponentialChain, smoothAll, type ExponentialChain } from './exponential-chain.ts'

interface TillsonState {
  readonly chain: ExponentialChain
  /** Weights of the third to the sixth mean. */
  readonly weights: Float64Array
}

/** Tillson, "Better Moving Averages" (1998): the generalised DEMA, (1 + v) EMA − v EMA², applied three times and multiplied out. */
export const tillsonMean = recursiveIndicator<TillsonState>({
  name: 'T3',
  doc: 'Tillson T3: six exponential means combined with the volume factor v, 0 (EMA³) to 1 (DEMA³); TA-Lib T3.',
  inputs: ['x'],
  params: [windowOf(5), { ...factor('v', 0.7), max: 1 }],
  reads: 0,
  before: ([window]) => 6 * (window! - 1),
  settles: ([window]) => settlingRows(alphaOf(window!), 6),
  state([window, v]) {
    const square = v! * v!
    const cube = square * v!
    return {
      chain: exponentialChain(window!, 6),
      weights: Float64Array.of(
        1 + 3 * v! + 3 * square + cube,
        -6 * square - 3 * v! - 3 * cube,
        3 * square + 3 * cube,
        -cube,
      ),
    }
  },
  advance({ chain, weights }, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { values } = chain
    const [third, fourth, fifth, sixth] = weights
    for (let i = from; i < to; i++) {
      const last = smoothAll(chain, x[i]!)
      const rest = third! * values[2]! + fourth! * values[3]! + fifth! * values[4]!
      out![i] = finite(rest + sixth! * last)
    }
  },
})
