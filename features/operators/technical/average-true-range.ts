import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { smooth, smoothed, smoothedWarmup, type SmoothedState } from '../exponential/smoothed.ts'

/** Wilder (1978); TA-Lib ATR: the true range needs a previous close, so the first row gives none. */
export const averageTrueRange: SeriesOperator<SmoothedState> = {
  name: 'ATR',
  scope: 'series',
  params: [{ ...windowParameter, default: 14 }],
  arity: 3,
  inputs: ['high', 'low', 'close'],
  memory: 'recursive',
  missing: 'hold',
  doc: 'Average true range of (high, low, close), in price units: Wilder mean of max(high, previous close) − min(low, previous close).',
  minPeriods: ([window]) => window! + 1,
  warmup: ([window]) => smoothedWarmup(1 / window!, window!) + 1,
  lookback: () => 1,
  state: ([window]) => smoothed(1 / window!, window!),
  advance(state, [high, low, close], from, to, [out]) {
    for (let i = from; i < to; i++) {
      const previous = i >= 1 ? close![i - 1]! : NaN
      const range = Math.max(high![i]!, previous) - Math.min(low![i]!, previous)
      out![i] = smooth(state, range)
    }
  },
}
