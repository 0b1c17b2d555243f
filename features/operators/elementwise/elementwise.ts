/**
 * Builds operators that look at one row only. NaN in gives NaN out; a result that is not finite is NaN, never infinity.
 * Each operator writes its own loop: one shared by all would call a function a row.
 */
import type { InputName, ParameterSpec, SeriesOperator } from '../../operator.ts'

interface ElementwiseDefinition {
  readonly name: string
  readonly doc: string
  readonly arity: number
  readonly inputs?: readonly InputName[]
  readonly params?: readonly ParameterSpec[]
  /** `skip` where a row with a missing input still has a value. */
  readonly missing?: 'propagate' | 'skip'
  readonly check?: (params: readonly number[]) => void
  readonly rows: (
    inputs: readonly Float64Array[],
    from: number,
    to: number,
    out: Float64Array,
    params: readonly number[],
  ) => void
}

export function elementwise(definition: ElementwiseDefinition): SeriesOperator<readonly number[]> {
  const { rows, params = [], missing = 'propagate', ...shape } = definition
  return {
    ...shape,
    scope: 'series',
    memory: 'row',
    missing,
    params,
    minPeriods: () => 1,
    warmup: () => 0,
    lookback: () => 0,
    state: (values) => [...values],
    advance(values, inputs, from, to, outs) {
      rows(inputs, from, to, outs[0]!, values)
    },
  }
}

/** The value where it is finite, else NaN. */
export function finite(value: number): number {
  return value - value === 0 ? value : NaN
}
