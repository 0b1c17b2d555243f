/**
 * Builds the largest and smallest of the last `window` values, and where they stand, on block windows: a comparison for the
 * prefix and one with the suffix a row. Ties go to the oldest.
 */
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { blockState, type BlockState } from './block-window.ts'

export interface ExtremeState extends BlockState {
  /** 1 for the largest, −1 for the smallest: values are compared with this sign. */
  readonly sign: number
  /** Whether the place is answered instead of the value. */
  readonly place: number
  best: number
  bestAt: number
  readonly suffix: Float64Array
  readonly suffixAt: Int32Array
}

export function rollingExtreme(
  name: string,
  doc: string,
  { largest, place }: { largest: boolean; place: boolean },
): SeriesOperator<ExtremeState> {
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
      sign: largest ? 1 : -1,
      place: place ? 1 : 0,
      best: -Infinity,
      bestAt: 0,
      suffix: new Float64Array(params[0]! + 1).fill(-Infinity),
      suffixAt: new Int32Array(params[0]! + 1),
    }),
    advance(state, [input], from, to, [out]) {
      const x = input!
      const { window, required, sign, place, suffix, suffixAt } = state
      let { phase, valid, best, bestAt } = state
      for (let i = from; i < to; i++) {
        const entering = sign * x[i]!
        if (entering === entering) {
          valid++
          if (entering > best) {
            best = entering
            bestAt = phase
          }
        }
        if (i >= window && x[i - window] === x[i - window]) valid--
        phase++
        const older = suffix[phase]!
        if (valid < required) out![i] = NaN
        else if (place === 1) {
          // Position from 1 among the rows there are: the block before counts from −window.
          const at = older >= best ? suffixAt[phase]! - window : bestAt
          const rows = i + 1 < window ? i + 1 : window
          out![i] = at - (phase - rows) + 1
        } else out![i] = sign * (older >= best ? older : best)
        if (phase < window) continue
        let greatest = -Infinity
        let at = 0
        for (let j = window - 1; j >= 0; j--) {
          const value = sign * x[i - window + 1 + j]!
          if (value >= greatest) {
            greatest = value
            at = j
          }
          suffix[j] = greatest
          suffixAt[j] = at
        }
        phase = 0
        best = -Infinity
      }
      state.phase = phase
      state.valid = valid
      state.best = best
      state.bestAt = bestAt
    },
  }
}
