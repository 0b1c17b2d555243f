/** Builds the sample variance and standard deviation of the last `window` values on block windows. */
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { blockState, cancellation, suffixes, type BlockState } from './block-window.ts'

export interface VarianceState extends BlockState {
  anchor: number
  sum: number
  squares: number
  readonly sumSuffix: Float64Array
  readonly squareSuffix: Float64Array
}

export function rollingVariance(
  name: string,
  doc: string,
  root: boolean,
): SeriesOperator<VarianceState> {
  return {
    name,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 1,
    doc,
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options, 2),
      anchor: NaN,
      sum: 0,
      squares: 0,
      sumSuffix: suffixes(params[0]!),
      squareSuffix: suffixes(params[0]!),
    }),
    advance(state, [input], from, to, [out]) {
      const x = input!
      const { window, required, sumSuffix, squareSuffix } = state
      let { phase, valid, anchor, sum, squares } = state
      for (let i = from; i < to; i++) {
        const entering = x[i]!
        if (entering === entering) {
          if (anchor !== anchor) anchor = entering
          const deviation = entering - anchor
          sum += deviation
          squares += deviation * deviation
          valid++
        }
        if (i >= window && x[i - window] === x[i - window]) valid--
        phase++
        let value = NaN
        if (valid >= required) {
          const total = sum + sumSuffix[phase]!
          const second = squares + squareSuffix[phase]!
          let spread = second - (total * total) / valid
          if (!(spread > cancellation * second)) spread = squaredDeviations(x, i, window)
          const variance = spread / (valid - 1)
          value = finite(root ? Math.sqrt(variance) : variance)
        }
        out![i] = value
        if (phase < window) continue
        phase = 0
        sum = 0
        squares = 0
        if (entering === entering) anchor = entering
        let total = 0
        let second = 0
        for (let j = window - 1; j >= 0; j--) {
          const deviation = x[i - window + 1 + j]! - anchor
          if (deviation === deviation) {
            total += deviation
            second += deviation * deviation
          }
          sumSuffix[j] = total
          squareSuffix[j] = second
        }
      }
      state.phase = phase
      state.valid = valid
      state.anchor = anchor
      state.sum = sum
      state.squares = squares
    },
  }
}

/** Two passes, with the rounding of the mean corrected (Chan, Golub, LeVeque 1983): exactly 0 for a constant window. */
export function squaredDeviations(x: Float64Array, row: number, window: number): number {
  const start = Math.max(0, row + 1 - window)
  let first = NaN
  let total = 0
  let valid = 0
  for (let i = start; i <= row; i++) {
    if (x[i] !== x[i]) continue
    if (first !== first) first = x[i]!
    total += x[i]! - first
    valid++
  }
  const mean = first + total / valid
  let squares = 0
  let residual = 0
  for (let i = start; i <= row; i++) {
    const deviation = x[i]! - mean
    if (deviation !== deviation) continue
    squares += deviation * deviation
    residual += deviation
  }
  return Math.max(0, squares - (residual * residual) / valid)
}
