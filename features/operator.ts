/**
 * Operator: one definition of a computation on columns, run in batch and in stream by the same code.
 *
 * `advance(state, inputs, from, to, outs)` continues the recurrence over rows [from, to) of whole columns. A batch is one
 * call over all rows; a stream is a call a bar on the same columns, which the caller keeps to the longest look-back and
 * compacts. History is read from the input columns, so both run the same additions in the same order and agree to the bit.
 * Row `i` of an output may depend on rows ≤ i only: nothing in the table sees the future, and nothing in it is fitted.
 *
 * State is plain data: an object whose fields are numbers, typed arrays, or such objects and arrays of them, of a layout
 * that depends on the parameters alone. That is what a snapshot writes and restores.
 */
import { check, checkNumber } from '../core/checks.ts'
import type { KernelName } from './kernels/memory.ts'

export type OperatorParams = readonly number[]

export interface ParameterSpec {
  readonly name: string
  readonly integer: boolean
  readonly min: number
  readonly max?: number
  /** Used where an expression leaves the parameter out, and the value that the conformance suite runs with. */
  readonly default: number
}

export interface OperatorOptions {
  /** Emit values once `minPeriods` are there instead of waiting for the full window (qlib's convention). */
  readonly emitPartial: boolean
}

/** What an input stands for; the conformance suite makes its columns accordingly (high ≥ low, volume ≥ 0 …). */
export type InputName =
  | ('x' | 'y' | 'condition' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'value' | 'age')
  | ('time' | 'bid' | 'bidSize' | 'ask' | 'askSize')

interface OperatorBase {
  /** Name in expressions, capitalised: `Mean`. */
  readonly name: string
  readonly params: readonly ParameterSpec[]
  /** Number of input columns. */
  readonly arity: number
  /** What each input stands for; default `x`, `y`. */
  readonly inputs?: readonly InputName[]
  /** What it computes, unit, NaN policy, source. */
  readonly doc: string
  /** Refuses parameters that contradict each other, by name. */
  check?(params: OperatorParams): void
}

/**
 * Rows that a value depends on. `row`: its own. `window`: the last `lookback + 1` at most. `recursive`: all, ever less;
 * `expanding`: all since the first.
 */
export type OperatorMemory = 'row' | 'window' | 'recursive' | 'expanding'

/**
 * What a missing input does. `propagate`: every row whose rows include it is NaN. `skip`: it is not counted; a value needs
 * enough others. `hold`: its row is NaN and the recurrence goes on after it as before.
 */
export type MissingPolicy = 'propagate' | 'skip' | 'hold'

/** One operator of a family in a plan, and the parameters it is called with. */
export interface FamilyMember {
  readonly operator: string
  readonly params: OperatorParams
}

/**
 * Operators that share their work: those of one family on the same inputs and with the same `key` are computed in one pass. What
 * a member gives is the same bits whatever others are computed beside it.
 */
export interface OperatorFamily {
  readonly name: string
  key(params: OperatorParams): string
  /** One operator with an output a member, in their order; its parameters are the first member's. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  join(members: readonly FamilyMember[]): SeriesOperator<any>
}

export interface SeriesOperator<State = unknown> extends OperatorBase {
  readonly scope: 'series'
  readonly memory: OperatorMemory
  readonly missing: MissingPolicy
  /** Names of the outputs where there are several: `MACD($close).signal`. Default one without a name. */
  readonly outputs?: readonly string[]
  readonly family?: OperatorFamily
  /** The kernel that computes it (kernels/kernel-operator.ts); its state is one array of numbers then. */
  readonly kernel?: KernelName
  /** Valid rows needed before the first value: of a window where `emitPartial` is set, of a recursion always. */
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
    outs: readonly Float64Array[],
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

export function outputCount(operator: Operator): number {
  return operator.scope === 'series' ? (operator.outputs?.length ?? 1) : 1
}

/** Longer windows than any market has bars are a slip, and would fill the memory. */
export const longestWindow = 1_000_000

export const windowParameter: ParameterSpec = {
  ...{ name: 'window', integer: true, min: 1, default: 20 },
  max: longestWindow,
}

/** @throws INVALID_VALUE naming the parameter, its operator and what it may be. */
export function checkParams(operator: Operator, values: OperatorParams): void {
  operator.params.forEach((spec, k) => {
    const value = values[k]!
    const subject = `parameter ${spec.name} of ${operator.name}`
    checkNumber(subject, value, spec)
    if (spec.integer) check(Number.isInteger(value), subject, 'an integer', value)
  })
  operator.check?.(values)
}
