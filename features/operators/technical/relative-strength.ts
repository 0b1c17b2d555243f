import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { smooth, smoothed, smoothedWarmup, type SmoothedState } from '../exponential/smoothed.ts'

interface RelativeStrengthState {
  readonly gain: SmoothedState
  readonly loss: SmoothedState
}

/** Wilder, "New Concepts in Technical Trading Systems" (1978), with TA-Lib's seeding: means of the first window changes. */
export const relativeStrength: SeriesOperator<RelativeStrengthState> = {
  name: 'RSI',
  scope: 'series',
  params: [{ ...windowParameter, min: 2, default: 14 }],
  arity: 1,
  memory: 'recursive',
  missing: 'hold',
  doc: 'Relative strength index in 0 … 100; 50 where nothing moved (TA-Lib answers 0 there, which reads as a crash).',
  minPeriods: ([window]) => window! + 1,
  warmup: ([window]) => smoothedWarmup(1 / window!, window!) + 1,
  lookback: () => 1,
  state: ([window]) => ({
    gain: smoothed(1 / window!, window!),
    loss: smoothed(1 / window!, window!),
  }),
  advance(state, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      const change = i >= 1 ? x![i]! - x![i - 1]! : NaN
      const gain = smooth(state.gain, change > 0 ? change : change <= 0 ? 0 : NaN)
      const loss = smooth(state.loss, change < 0 ? -change : change >= 0 ? 0 : NaN)
      const movement = gain + loss
      out![i] = movement > 0 ? (100 * gain) / movement : movement === 0 ? 50 : NaN
    }
  },
}
