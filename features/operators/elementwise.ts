/** Builds operators that look at one row only. NaN in gives NaN out; a result that is not finite is NaN, never infinity. */
import type { SeriesOperator } from '../operator.ts'

export function elementwise(
  name: string,
  arity: number,
  apply: (a: number, b: number) => number,
  doc: string,
): SeriesOperator<null> {
  return {
    name,
    scope: 'series',
    params: [],
    arity,
    doc,
    minPeriods: () => 1,
    warmup: () => 0,
    lookback: () => 0,
    state: () => null,
    advance(_state, inputs, from, to, out) {
      const a = inputs[0]!
      const b = arity > 1 ? inputs[1]! : a
      for (let i = from; i < to; i++) {
        const value = apply(a[i]!, b[i]!)
        out[i] = Number.isFinite(value) ? value : NaN
      }
    },
  }
}
