/**
 * Builds operators that look at one row only. NaN in gives NaN out; a result that is not finite is NaN, never infinity.
 * The arithmetic of most formulae is a kernel's; every other operator writes its own loop, as one shared by all would call a
 * function a row.
 */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import type { KernelName } from '../../kernels/memory.ts'
import type { InputName, ParameterSpec, SeriesOperator } from '../../operator.ts'

interface Definition {
  readonly name: string
  readonly doc: string
  readonly arity: number
  /** `skip` where a row with a missing input still has a value. */
  readonly missing?: 'propagate' | 'skip'
}

interface ElementwiseDefinition extends Definition {
  readonly inputs?: readonly InputName[]
  readonly params?: readonly ParameterSpec[]
  readonly check?: (params: readonly number[]) => void
  readonly rows: (
    inputs: readonly Float64Array[],
    from: number,
    to: number,
    out: Float64Array,
    params: readonly number[],
  ) => void
}

const ofOneRow = {
  memory: 'row',
  minPeriods: () => 1,
  warmup: () => 0,
  lookback: () => 0,
} as const

export function elementwise(definition: ElementwiseDefinition): SeriesOperator<readonly number[]> {
  const { rows, params = [], missing = 'propagate', ...shape } = definition
  return {
    ...shape,
    ...ofOneRow,
    scope: 'series',
    missing,
    params,
    state: (values) => [...values],
    advance(values, inputs, from, to, outs) {
      rows(inputs, from, to, outs[0]!, values)
    },
  }
}

/** One that a kernel computes. */
export function elementwiseKernel(
  definition: Definition & { readonly kernel: KernelName },
): SeriesOperator<Float64Array> {
  const { missing = 'propagate' } = definition
  return kernelOperator({ ...definition, ...ofOneRow, missing, params: [], state: () => [] })
}

/** The value where it is finite, else NaN. */
export function finite(value: number): number {
  return value - value === 0 ? value : NaN
}
