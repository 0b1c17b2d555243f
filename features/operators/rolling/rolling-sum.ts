/** Builds the sum and the mean of the last `window` values on block windows. */
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { blockState, suffixes, type BlockState } from './block-window.ts'

export interface SumState extends BlockState {
  readonly average: number
  prefix: number
  readonly suffix: Float64Array
}

export function rollingSum(name: string, doc: string, average: boolean): SeriesOperator<SumState> {
  return {
    name,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [windowParameter],
    arity: 1,
    doc,
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options),
      average: average ? 1 : 0,
      prefix: -0,
      suffix: suffixes(params[0]!),
    }),
    advance(state, inputs, from, to, outs) {
      advance(state, inputs[0]!, from, to, outs[0]!)
    },
  }
}

/** Of typed arrays alone, and with sums that begin at −0, which no integer can stand for: V8 would allocate a number a row. */
function advance(
  state: SumState,
  x: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { window, required, average, suffix } = state
  let { phase, valid, prefix } = state
  for (let i = from; i < to; i++) {
    const entering = x[i]!
    if (entering === entering) {
      prefix += entering
      valid++
    }
    if (i >= window && x[i - window] === x[i - window]) valid--
    phase++
    const sum = prefix + suffix[phase]!
    out[i] = valid >= required ? finite(average === 1 ? sum / valid : sum) : NaN
    if (phase < window) continue
    let total = -0
    for (let j = window - 1; j >= 0; j--) {
      const value = x[i - window + 1 + j]!
      if (value === value) total += value
      suffix[j] = total
    }
    phase = 0
    prefix = -0
  }
  state.phase = phase
  state.valid = valid
  state.prefix = prefix
}
