/**
 * Builds the two kinds of indicator. One over a window of rows is NaN wherever one of those rows has a missing input, so it
 * starts anew after every gap; one that recurs holds its state over the gap. Both wait for all the rows they need, with
 * `emitPartial` too: an indicator of a part of its window is another indicator.
 */
import type { InputName, OperatorParams, ParameterSpec, SeriesOperator } from '../../../operator.ts'

interface Definition<State> {
  readonly name: string
  readonly doc: string
  readonly inputs: readonly InputName[]
  readonly params?: readonly ParameterSpec[]
  readonly outputs?: readonly string[]
  readonly check?: (params: OperatorParams) => void
  readonly state: (params: OperatorParams) => State
  readonly advance: SeriesOperator<State>['advance']
}

interface WindowDefinition<State> extends Definition<State> {
  /** Rows that a value depends on, its own among them. */
  readonly span: (params: OperatorParams) => number
}

export function windowIndicator<State>(definition: WindowDefinition<State>): SeriesOperator<State> {
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

interface RecursiveDefinition<State> extends Definition<State> {
  /** Earlier rows that a step reads from its inputs: 1 where it needs the previous close. */
  readonly reads: number
  /** Rows without a value before the first. */
  readonly before: (params: OperatorParams) => number
  /** Rows after the first value until the start weighs less than 0.1 %. */
  readonly settles: (params: OperatorParams) => number
}

export function recursiveIndicator<State>(
  definition: RecursiveDefinition<State>,
): SeriesOperator<State> {
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

type ExpandingDefinition<State> = Omit<RecursiveDefinition<State>, 'settles'>

/** Sums since the first row: what they say is their change, not their level. */
export function expandingIndicator<State>(
  definition: ExpandingDefinition<State>,
): SeriesOperator<State> {
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

function common<State>(
  definition: Definition<State>,
): Omit<SeriesOperator<State>, 'memory' | 'missing' | 'minPeriods' | 'warmup' | 'lookback'> {
  const { inputs, params = [] } = definition
  return { ...definition, scope: 'series', arity: inputs.length, params }
}
