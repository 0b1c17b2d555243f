import { windowParameter, type SeriesOperator } from '../../../operator.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { correlationOf, pairWindow, pushPair, type PairWindow } from './pair-window.ts'

interface AutocorrelationState {
  readonly lag: number
  readonly required: number
  readonly pairs: PairWindow
}

/** Pearson's correlation, not the time-series estimator that divides by one variance: it is `Corr(x, Ref(x, lag), window)`. */
export const autocorrelation: SeriesOperator<AutocorrelationState> = {
  name: 'AutoCorr',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [
    { name: 'lag', integer: true, min: 1, default: 1 },
    { ...windowParameter, min: 2 },
  ],
  arity: 1,
  doc: 'Pearson correlation of the last window values with those lag rows before each; NaN where either do not vary.',
  minPeriods: () => 2,
  warmup: ([lag, window]) => window! - 1 + lag!,
  lookback: ([lag, window]) => window! - 1 + lag!,
  state: ([lag, window], { emitPartial }) => ({
    lag: lag!,
    required: emitPartial ? 2 : window!,
    pairs: pairWindow(window!),
  }),
  advance({ lag, required, pairs }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      pushPair(pairs, i >= lag ? x![i - lag]! : NaN, x![i]!)
      out![i] = pairs.count >= required ? finite(correlationOf(pairs)) : NaN
    }
  },
}
