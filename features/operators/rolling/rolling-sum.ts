/**
 * Builds operators on the rolling sum of a column, O(1) a row. The sum is kept as an unevaluated pair (Knuth's two-sum), so
 * what leaves the window takes away exactly what it brought and the millionth bar is as right as the first.
 */
import { windowParameter, type SeriesOperator } from '../../operator.ts'

export interface RollingSumState {
  readonly window: number
  readonly required: number
  high: number
  low: number
  valid: number
}

export function rollingSum(
  name: string,
  doc: string,
  finish: (sum: number, valid: number) => number,
): SeriesOperator<RollingSumState> {
  return {
    name,
    scope: 'series',
    params: [windowParameter],
    arity: 1,
    doc,
    memory: 'window',
    missing: 'skip',
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: ([window], { emitPartial }) => ({
      window: window!,
      required: emitPartial ? 1 : window!,
      high: 0,
      low: 0,
      valid: 0,
    }),
    advance(state, [input], from, to, [out]) {
      const { window, required } = state
      for (let i = from; i < to; i++) {
        const entering = input![i]!
        if (entering === entering) {
          addTo(state, entering)
          state.valid++
        }
        const leaving = i >= window ? input![i - window]! : NaN
        if (leaving === leaving) {
          addTo(state, -leaving)
          state.valid--
        }
        // An empty window restarts at an exact zero.
        if (state.valid === 0) state.high = state.low = 0
        out![i] = state.valid >= required ? finish(state.high + state.low, state.valid) : NaN
      }
    },
  }
}

function addTo(state: RollingSumState, value: number): void {
  const sum = state.high + value
  const shadow = sum - state.high
  const error = state.high - (sum - shadow) + (value - shadow)
  const low = state.low + error
  state.high = sum + low
  state.low = low - (state.high - sum)
}
