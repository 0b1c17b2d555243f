/**
 * Builds the two kinds of indicator, each computed here or by a kernel. One over a window of rows is NaN wherever one of those
 * rows has a missing input, so it starts anew after every gap; one that recurs holds its state over the gap. Both wait for all
 * the rows they need, with `emitPartial` too: an indicator of a part of its window is another indicator.
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

export function windowIndicator<State>({
  span,
  ...own
}: WindowShape & Computed<State>): SeriesOperator<State> {
  return { ...own, ...columnsOf(own), ...windowed(span), scope: 'series' }
}

export function windowKernel({
  span,
  ...own
}: WindowShape & OfKernel): SeriesOperator<Float64Array> {
  return kernelOperator({ ...own, ...columnsOf(own), ...windowed(span) })
}

type Timing = Pick<SeriesOperator, 'memory' | 'missing' | 'minPeriods' | 'warmup' | 'lookback'>

function windowed(span: WindowShape['span']): Timing {
  return {
    memory: 'window',
    missing: 'propagate',
    minPeriods: span,
    warmup: (params) => span(params) - 1,
    lookback: (params) => span(params) - 1,
  }
}

interface RecursiveTiming {
  /** Earlier rows that a step reads from its inputs: 1 where it needs the previous close. */
  readonly reads: number
  /** Rows without a value before the first. */
  readonly before: (params: OperatorParams) => number
  /** Rows after the first value until the start weighs less than 0.1 %. */
  readonly settles: (params: OperatorParams) => number
}

export function recursiveIndicator<State>({
  reads,
  before,
  settles,
  ...own
}: Shape & RecursiveTiming & Computed<State>): SeriesOperator<State> {
  const timing = recursive({ reads, before, settles })
  return { ...own, ...columnsOf(own), ...timing, scope: 'series' }
}

export function recursiveKernel({
  reads,
  before,
  settles,
  ...own
}: Shape & RecursiveTiming & OfKernel): SeriesOperator<Float64Array> {
  return kernelOperator({ ...own, ...columnsOf(own), ...recursive({ reads, before, settles }) })
}

function recursive({ reads, before, settles }: RecursiveTiming): Timing {
  return {
    memory: 'recursive',
    missing: 'hold',
    minPeriods: (params) => before(params) + 1,
    warmup: (params) => before(params) + settles(params),
    lookback: () => reads,
  }
}

type ExpandingTiming = Omit<RecursiveTiming, 'settles'>

/** Sums since the first row: what they say is their change, not their level. */
export function expandingIndicator<State>({
  reads,
  before,
  ...own
}: Shape & ExpandingTiming & Computed<State>): SeriesOperator<State> {
  return { ...own, ...columnsOf(own), ...expanding({ reads, before }), scope: 'series' }
}

export function expandingKernel({
  reads,
  before,
  ...own
}: Shape & ExpandingTiming & OfKernel): SeriesOperator<Float64Array> {
  return kernelOperator({ ...own, ...columnsOf(own), ...expanding({ reads, before }) })
}

function expanding({ reads, before }: ExpandingTiming): Timing {
  return {
    memory: 'expanding',
    missing: 'hold',
    minPeriods: (params) => before(params) + 1,
    warmup: before,
    lookback: () => reads,
  }
}

function columnsOf({ inputs, params = [] }: Shape): Pick<SeriesOperator, 'arity' | 'params'> {
  return { arity: inputs.length, params }
}
