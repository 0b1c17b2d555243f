/**
 * Builds the two kinds of indicator. One over a window of rows is NaN wherever one of those rows has a missing input, so it
 * starts anew after every gap; one that recurs holds its state over the gap. Both wait for all the rows they need, with
 * `emitPartial` too: an indicator of a part of its window is another indicator.
 */
import { kernelOperator } from '../../../kernels/kernel-operator.ts'
import type { KernelName } from '../../../kernels/memory.ts'
import type { InputName, OperatorParams, ParameterSpec, SeriesOperator } from '../../../operator.ts'

interface Shape {
  readonly name: string
  readonly doc: string
  readonly inputs: readonly InputName[]
  readonly params?: readonly ParameterSpec[]
  readonly outputs?: readonly string[]
  readonly check?: (params: OperatorParams) => void
}

/** How rows are computed: here, or by a kernel, whose numbers `state` then gives. */
interface Computed<State> {
  readonly state: (params: OperatorParams) => State
  readonly advance: SeriesOperator<State>['advance']
}

interface OfKernel {
  readonly kernel: KernelName
  readonly state: (params: OperatorParams) => readonly number[]
}

interface WindowShape extends Shape {
  /** Rows that a value depends on, its own among them. */
  readonly span: (params: OperatorParams) => number
}

export function windowIndicator<State>(
  definition: WindowShape & Computed<State>,
): SeriesOperator<State> {
  return { ...windowed(definition), scope: 'series' }
}

export function windowKernel(definition: WindowShape & OfKernel): SeriesOperator<Float64Array> {
  return kernelOperator(windowed(definition))
}

function windowed<Own extends WindowShape>(definition: Own): Omit<Own, 'span'> & Timed {
  const { span, ...own } = definition
  return {
    ...common(own),
    memory: 'window',
    missing: 'propagate',
    minPeriods: span,
    warmup: (params) => span(params) - 1,
    lookback: (params) => span(params) - 1,
  }
}

interface RecursiveShape extends Shape {
  /** Earlier rows that a step reads from its inputs: 1 where it needs the previous close. */
  readonly reads: number
  /** Rows without a value before the first. */
  readonly before: (params: OperatorParams) => number
  /** Rows after the first value until the start weighs less than 0.1 %. */
  readonly settles: (params: OperatorParams) => number
}

export function recursiveIndicator<State>(
  definition: RecursiveShape & Computed<State>,
): SeriesOperator<State> {
  return { ...recursive(definition), scope: 'series' }
}

export function recursiveKernel(
  definition: RecursiveShape & OfKernel,
): SeriesOperator<Float64Array> {
  return kernelOperator(recursive(definition))
}

function recursive<Own extends RecursiveShape>(
  definition: Own,
): Omit<Own, 'reads' | 'before' | 'settles'> & Timed {
  const { reads, before, settles, ...own } = definition
  return {
    ...common(own),
    memory: 'recursive',
    missing: 'hold',
    minPeriods: (params) => before(params) + 1,
    warmup: (params) => before(params) + settles(params),
    lookback: () => reads,
  }
}

type ExpandingShape = Omit<RecursiveShape, 'settles'>

/** Sums since the first row: what they say is their change, not their level. */
export function expandingIndicator<State>(
  definition: ExpandingShape & Computed<State>,
): SeriesOperator<State> {
  return { ...expanding(definition), scope: 'series' }
}

export function expandingKernel(
  definition: ExpandingShape & OfKernel,
): SeriesOperator<Float64Array> {
  return kernelOperator(expanding(definition))
}

function expanding<Own extends ExpandingShape>(
  definition: Own,
): Omit<Own, 'reads' | 'before'> & Timed {
  const { reads, before, ...own } = definition
  return {
    ...common(own),
    memory: 'expanding',
    missing: 'hold',
    minPeriods: (params) => before(params) + 1,
    warmup: before,
    lookback: () => reads,
  }
}

type Counted = Pick<SeriesOperator, 'arity' | 'params'>
type Timed = Counted &
  Pick<SeriesOperator, 'memory' | 'missing' | 'minPeriods' | 'warmup' | 'lookback'>

function common<Own extends Shape>(definition: Own): Own & Counted {
  const { inputs, params = [] } = definition
  return { ...definition, arity: inputs.length, params }
}
