import type { SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'

interface DecayState {
  readonly keep: number
  total: number
}

/** What has happened, fading: the intensity that a self-exciting process (Hawkes 1971) adds to its base rate. */
export const exponentialDecay: SeriesOperator<DecayState> = {
  name: 'ExpDecay',
  scope: 'series',
  memory: 'recursive',
  missing: 'hold',
  params: [{ name: 'halfLife', integer: false, min: 0.01, default: 10 }],
  arity: 1,
  doc: 'Sum of all values so far, each halved every halfLife rows since: y = x + 2^(−1 / halfLife) y before. A row with a missing value has none and fades nothing.',
  minPeriods: () => 1,
  warmup: ([halfLife]) => Math.ceil(halfLife! * Math.log2(1000)),
  lookback: () => 0,
  state: ([halfLife]) => ({ keep: 2 ** (-1 / halfLife!), total: 0 }),
  advance(state, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      const value = x![i]!
      if (value - value === 0) {
        state.total = state.keep * state.total + value
        out![i] = finite(state.total)
      } else out![i] = NaN
    }
  },
}
