import { windowParameter, type SeriesOperator } from '../../../operator.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { momentWindow, pushMoment, varies, type MomentWindow } from './moment-window.ts'

interface ZScoreState {
  readonly required: number
  readonly moments: MomentWindow
}

export const zScore: SeriesOperator<ZScoreState> = {
  name: 'ZScore',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [{ ...windowParameter, min: 2 }],
  arity: 1,
  doc: 'Newest value less the mean of the last window values, in their sample standard deviations; NaN where they do not vary.',
  minPeriods: () => 2,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window! - 1,
  state: ([window], { emitPartial }) => ({
    required: emitPartial ? 2 : window!,
    moments: momentWindow(window!, 2),
  }),
  advance({ required, moments }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      const value = x![i]!
      pushMoment(moments, value)
      const { count, mean, squares } = moments
      const known = count >= required && varies(squares, count, mean)
      out![i] = known ? finite((value - mean) / Math.sqrt(squares / (count - 1))) : NaN
    }
  },
}
