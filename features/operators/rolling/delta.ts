import { longestWindow, type SeriesOperator } from '../../operator.ts'

export const delta: SeriesOperator<{ readonly bars: number }> = {
  name: 'Delta',
  scope: 'series',
  params: [{ name: 'bars', integer: true, min: 1, max: longestWindow, default: 1 }],
  arity: 1,
  memory: 'window',
  missing: 'propagate',
  doc: 'The change against the value bars rows ago; NaN before there is one.',
  minPeriods: () => 1,
  warmup: ([bars]) => bars!,
  lookback: ([bars]) => bars!,
  state: ([bars]) => ({ bars: bars! }),
  advance({ bars }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) out![i] = i >= bars ? x![i]! - x![i - bars]! : NaN
  },
}
