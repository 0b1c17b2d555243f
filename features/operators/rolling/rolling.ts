/**
 * Builds operators over the last `window` rows. Missing values are skipped and counted: a value is emitted where the window
 * holds at least `window` valid ones (at least `minPeriods` with `emitPartial`), NaN elsewhere.
 */
import {
  windowParameter,
  type OperatorParams,
  type ParameterSpec,
  type SeriesOperator,
} from '../../operator.ts'

export interface RollingState {
  readonly window: number
  readonly required: number
}

interface RollingDefinition {
  readonly name: string
  readonly doc: string
  readonly arity?: number
  readonly minPeriods?: number
  readonly params?: readonly ParameterSpec[]
  /** Value over rows [start, end) of the inputs, `valid` of which have every input; only called when enough are valid. */
  readonly over: (
    inputs: readonly Float64Array[],
    start: number,
    end: number,
    valid: number,
  ) => number
}

export function rolling(definition: RollingDefinition): SeriesOperator<RollingState> {
  const { name, doc, arity = 1, minPeriods = 1, over } = definition
  const windowOf = (params: OperatorParams): number => params[0]!
  return {
    name,
    scope: 'series',
    params: definition.params ?? [windowParameter],
    arity,
    doc,
    memory: 'window',
    missing: 'skip',
    minPeriods: () => minPeriods,
    warmup: (params) => windowOf(params) - 1,
    lookback: (params) => windowOf(params) - 1,
    state: (params, { emitPartial }) => ({
      window: windowOf(params),
      required: emitPartial ? Math.min(minPeriods, windowOf(params)) : windowOf(params),
    }),
    advance({ window, required }, inputs, from, to, [out]) {
      for (let i = from; i < to; i++) {
        const start = Math.max(0, i + 1 - window)
        const valid = countValid(inputs, start, i + 1)
        const value = valid >= required ? over(inputs, start, i + 1, valid) : NaN
        out![i] = Number.isFinite(value) ? value : NaN
      }
    },
  }
}

function countValid(inputs: readonly Float64Array[], start: number, end: number): number {
  let valid = 0
  const [a, b] = inputs
  for (let i = start; i < end; i++) {
    if (a![i] === a![i] && (b === undefined || b[i] === b[i])) valid++
  }
  return valid
}
