/**
 * Differences of two exponential means (Appel). TA-Lib's PPO and APO take simple means unless told otherwise; these are the
 * exponential ones (matype 1), each mean seeded by itself, as the simple ones are two `Mean` in an expression.
 */
import { smooth, smoothed, type SmoothedState } from '../../exponential/smoothed.ts'
import type { One } from '../stages/inputs.ts'
import { alphaOf } from '../averages/exponential-chain.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { checkFasterThan, windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import type { SeriesOperator } from '../../../operator.ts'

interface PriceOscillatorState {
  readonly fast: SmoothedState
  readonly slow: SmoothedState
}

export const absolutePriceOscillator = priceOscillator(
  'APO',
  'Absolute price oscillator: EMA(fast) − EMA(slow), in units of x; TA-Lib APO with matype 1.',
  (fast, slow) => fast - slow,
)

export const percentagePriceOscillator = priceOscillator(
  'PPO',
  'Percentage price oscillator: 100 (EMA(fast) − EMA(slow)) / EMA(slow), in percent; TA-Lib PPO with matype 1.',
  (fast, slow) => (100 * (fast - slow)) / slow,
)

function priceOscillator(
  name: string,
  doc: string,
  difference: (fast: number, slow: number) => number,
): SeriesOperator<PriceOscillatorState> {
  return recursiveIndicator<PriceOscillatorState>({
    name,
    doc,
    inputs: ['x'],
    params: [windowOf(12, { name: 'fast' }), windowOf(26, { name: 'slow' })],
    check: (params) => {
      checkFasterThan(name, params)
    },
    reads: 0,
    before: ([, slow]) => slow! - 1,
    settles: ([, slow]) => settlingRows(alphaOf(slow!), 1),
    state: ([fast, slow]) => ({
      fast: smoothed(alphaOf(fast!), fast!),
      slow: smoothed(alphaOf(slow!), slow!),
    }),
    advance({ fast, slow }, inputs, from, to, [out]) {
      const [x] = inputs as One
      for (let i = from; i < to; i++) {
        const value = finite(x[i]!)
        const quick = smooth(fast, value)
        out![i] = finite(difference(quick, smooth(slow, value)))
      }
    },
  })
}
