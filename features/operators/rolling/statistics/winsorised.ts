import { windowParameter, type SeriesOperator } from '../../../operator.ts'
import { quantileOf, slideSorted, sortedWindow, type SortedWindow } from './sorted-window.ts'

interface WinsorState {
  readonly window: number
  readonly level: number
  readonly required: number
  readonly values: SortedWindow
}

export const winsorised: SeriesOperator<WinsorState> = {
  name: 'Winsor',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [windowParameter, { name: 'level', integer: false, min: 0, max: 0.4999, default: 0.05 }],
  arity: 1,
  doc: 'Newest value held between the quantiles level and 1 − level of the last window values, itself among them.',
  minPeriods: () => 1,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window!,
  state: ([window, level], { emitPartial }) => ({
    window: window!,
    level: level!,
    required: emitPartial ? 1 : window!,
    values: sortedWindow(window!),
  }),
  advance({ window, level, required, values }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) {
      const value = x![i]!
      slideSorted(values, i >= window ? x![i - window]! : NaN, value)
      out![i] = NaN
      if (value !== value || values.count < required) continue
      const low = quantileOf(values, level)
      const high = quantileOf(values, 1 - level)
      out![i] = value < low ? low : value > high ? high : value
    }
  },
}
