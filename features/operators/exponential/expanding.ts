/** Builds operators over all rows so far. A row without a value has no result and leaves what was counted as it was. */
import type { ParameterSpec, SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'

interface ExpandingDefinition<State> {
  readonly name: string
  readonly doc: string
  readonly minPeriods?: number
  readonly params?: readonly ParameterSpec[]
  readonly state: (params: readonly number[]) => State
  /** Takes the value of the row and answers the result of the rows up to it. */
  readonly take: (state: State, value: number) => number
}

export function expanding<State>(definition: ExpandingDefinition<State>): SeriesOperator<State> {
  const { name, doc, minPeriods = 1, params = [], state, take } = definition
  return {
    name,
    scope: 'series',
    memory: 'expanding',
    missing: 'hold',
    params,
    arity: 1,
    doc,
    minPeriods: () => minPeriods,
    warmup: () => minPeriods - 1,
    lookback: () => 0,
    state,
    advance(own, [x], from, to, [out]) {
      for (let i = from; i < to; i++) {
        const value = x![i]!
        out![i] = value - value === 0 ? finite(take(own, value)) : NaN
      }
    },
  }
}
