import type { SeriesOperator } from '../../operator.ts'

/** The value `bars` rows ago. Looking ahead is not expressible: `bars` is at least 1. */
export const lag: SeriesOperator<{ readonly bars: number }> = {
  name: 'Ref',
  scope: 'series',
  params: [{ name: 'bars', integer: true, min: 1, default: 1 }],
  arity: 1,
  memory: 'window',
  missing: 'propagate',
  doc: 'The value bars rows ago; NaN before there is one.',
  minPeriods: () => 1,
  warmup: ([bars]) => bars!,
  lookback: ([bars]) => bars!,
  state: ([bars]) => ({ bars: bars! }),
  advance({ bars }, [x], from, to, [out]) {
    for (let i = from; i < to; i++) out![i] = i >= bars ? x![i - bars]! : NaN
  },
}
