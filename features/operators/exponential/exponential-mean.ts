import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { smooth, smoothed, smoothedWarmup, type SmoothedState } from './smoothed.ts'

const alphaOf = (window: number): number => 2 / (window + 1)

export const exponentialMean: SeriesOperator<SmoothedState> = {
  name: 'EMA',
  scope: 'series',
  params: [windowParameter],
  arity: 1,
  memory: 'recursive',
  missing: 'hold',
  doc: 'Exponential mean with α = 2 / (window + 1), seeded with the mean of the first window values (TA-Lib EMA).',
  minPeriods: ([window]) => window!,
  warmup: ([window]) => smoothedWarmup(alphaOf(window!), window!),
  lookback: () => 0,
  state: ([window]) => smoothed(alphaOf(window!), window!),
  advance(state, [x], from, to, [out]) {
    for (let i = from; i < to; i++) out![i] = smooth(state, x![i]!)
  },
}
