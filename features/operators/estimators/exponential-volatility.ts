import { finite } from '../elementwise/elementwise.ts'
import { recursiveIndicator } from '../technical/stages/indicator.ts'
import type { One } from '../technical/stages/inputs.ts'
import { settlingRows } from '../technical/stages/settling.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'

interface VolatilityState {
  readonly decay: number
  /** 1 once a return is in. */
  seen: number
  variance: number
}

/** RiskMetrics (J.P. Morgan 1996, section 5.2), seeded with the first squared return; mean return 0. */
export const exponentialVolatility = recursiveIndicator<VolatilityState>({
  name: 'EWMAVol',
  doc: 'Volatility of one bar by RiskMetrics (1996): root of decay times the variance before plus 1 − decay times the squared log return, the first of them its start.',
  inputs: ['close'],
  params: [{ name: 'decay', integer: false, min: 0.5, max: 0.9999, default: 0.94 }],
  reads: 1,
  before: () => 1,
  settles: ([decay]) => settlingRows(1 - decay!, 1),
  state: ([decay]) => ({ decay: decay!, seen: 0, variance: 0 }),
  advance(state, inputs, from, to, [out]) {
    const [close] = inputs as One
    const { decay } = state
    let { seen, variance } = state
    for (let i = from; i < to; i++) {
      const change = i >= 1 ? logarithmOfRatio(close[i]!, close[i - 1]!) : NaN
      const square = change * change
      if (square - square !== 0) {
        out![i] = NaN
        continue
      }
      variance = seen === 0 ? square : decay * variance + (1 - decay) * square
      seen = 1
      out![i] = finite(Math.sqrt(variance))
    }
    state.seen = seen
    state.variance = variance
  },
})
