/**
 * Operator: one definition of a computation on columns, run in batch and in stream by the same code.
 *
 * `advance(state, inputs, from, to, out)` continues the recurrence over rows [from, to) of whole columns. A batch is one
 * call over all rows; a stream is a call a bar on the same columns, which the caller keeps to the longest look-back and
 * compacts. History is read from the input columns, never copied into the state, so both run the same additions in the same
 * order and agree to the bit. Row `i` of `out` may depend on rows ≤ i only: nothing in the table sees the future, and
 * nothing in it is fitted.
 */
export type OperatorParams = readonly number[]

export interface ParameterSpec {
  readonly name: string
  readonly integer: boolean
  readonly min: number
  readonly max?: number
}

export interface OperatorOptions {
  /** Emit values once `minPeriods` are there instead of waiting for the full window (qlib's convention). */
  readonly emitPartial: boolean
}

interface OperatorBase {
  /** Name in expressions, capitalised: `Mean`. */
  readonly name: string
  readonly params: readonly ParameterSpec[]
  /** Number of input columns. */
  readonly arity: number
  /** What it computes, unit, NaN policy, source. */
  readonly doc: string
}

export interface SeriesOperator<State = unknown> extends OperatorBase {
  readonly scope: 'series'
  /** Valid values needed before a value is emitted where `emitPartial` is set. */
  minPeriods(params: OperatorParams): number
  /** Rows whose output is not yet a full value; recursive operators count until the start weighs less than 0.1 %. */
  warmup(params: OperatorParams): number
  /** Rows before the current one that `advance` reads from the input columns. */
  lookback(params: OperatorParams): number
  state(params: OperatorParams, options: OperatorOptions): State
  advance(
    state: State,
    inputs: readonly Float64Array[],
    from: number,
    to: number,
    out: Float64Array,
  ): void
}

/** One value a symbol present at a moment, with the groups as of then; NaN stays NaN and is not counted. */
export interface CrossOperator extends OperatorBase {
  readonly scope: 'cross'
  evaluate(
    inputs: readonly Float64Array[],
    groups: Int32Array,
    params: OperatorParams,
    out: Float64Array,
  ): void
}

// The table holds operators of any state; each entry is used only with the state that it made itself.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Operator = SeriesOperator<any> | CrossOperator

export const windowParameter: ParameterSpec = { name: 'window', integer: true, min: 1 }
