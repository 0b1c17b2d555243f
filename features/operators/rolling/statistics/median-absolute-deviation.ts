import { windowParameter, type SeriesOperator } from '../../../operator.ts'
import { finite } from '../../elementwise/elementwise.ts'
import {
  medianDistance,
  quantileOf,
  slideSorted,
  sortedWindow,
  type SortedWindow,
} from './sorted-window.ts'

interface MedianDeviationState {
  readonly window: number
  readonly required: number
  readonly values: SortedWindow
}

export const medianAbsoluteDeviation: SeriesOperator<MedianDeviationState> = {
  name: 'MedAD',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [windowParameter],
  arity: 1,
  doc: 'Median absolute deviation of the last window values from their median, in units of x and unscaled: times 1.4826 it estimates the standard deviation of a normal distribution.',
  minPeriods: () => 1,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window!,
  state: ([window], { emitPartial }) => ({
    window: window!,
    required: emitPartial ? 1 : window!,
    values: sortedWindow(window!),
  }),
  advance({ window, required, values }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      slideSorted(values, i >= window ? x![i - window]! : NaN, x![i]!)
      const enough = values.count >= required
      out![i] = enough ? finite(medianDistance(values, quantileOf(values, 0.5))) : NaN
    }
  },
}
