import { above } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import type { Three } from '../stages/inputs.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { zero } from '../stages/zero.ts'

export interface AverageDirectionalState {
  readonly window: number
  /** Movements taken in, and indices among them. */
  seen: number
  indices: number
  plus: number
  minus: number
  average: number
}

export function averageDirectional(window: number): AverageDirectionalState {
  return { window, seen: 0, indices: 0, plus: zero, minus: zero, average: zero }
}

/** Rows before the first value: window movements and as many indices, less the row that is both. */
export const rowsBeforeIndex = (window: number): number => 2 * window - 1

/** Two smoothings in a row. */
export const indexSettles = (window: number): number => settlingRows(1 / window, 2)

/** Wilder (1978), TA-Lib ADX: the mean of the first `window` DX, then Wilder's average. The true range cancels in DX. */
export const averageDirectionalIndex = recursiveIndicator<AverageDirectionalState>({
  name: 'ADX',
  doc: 'Average directional index, 0 … 100: strength of the trend, whichever its direction; TA-Lib ADX.',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(14, { min: 2 })],
  reads: 1,
  before: ([window]) => rowsBeforeIndex(window!),
  settles: ([window]) => indexSettles(window!),
  state: ([window]) => averageDirectional(window!),
  advance(state, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    advanceIndex(state, high, low, close, from, to, out!)
  },
})

/** Writes the average index of rows [from, to), NaN where there is none. */
export function advanceIndex(
  state: AverageDirectionalState,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { window } = state
  const weight = 1 / window
  const decay = 1 - weight
  let { seen, indices, plus, minus, average } = state
  let previousHigh = from >= 1 ? high[from - 1]! : NaN
  let previousLow = from >= 1 ? low[from - 1]! : NaN
  let previousClose = from >= 1 ? close[from - 1]! : NaN
  for (let i = from; i < to; i++) {
    const top = high[i]!
    const bottom = low[i]!
    const last = close[i]!
    const up = top - previousHigh
    const down = previousLow - bottom
    // The closes are of Wilder's true range: a bar without one is incomplete, and so is the next.
    const whole = up + down + last + previousClose
    previousHigh = top
    previousLow = bottom
    previousClose = last
    out[i] = NaN
    if (whole - whole !== 0) continue
    const keep = seen < window - 1 ? 1 : decay
    seen++
    // The larger of the two counts, if it is above 0. Not branches: which it is is a coin toss.
    plus = keep * plus + Number(up > down) * above(up)
    minus = keep * minus + Number(down > up) * above(down)
    if (seen < window) continue
    const index = (100 * Math.abs(plus - minus)) / (plus + minus)
    if (index - index !== 0) continue
    if (indices < window) {
      indices++
      average += weight * index
    } else average = decay * average + weight * index
    if (indices === window) out[i] = finite(average)
  }
  state.seen = seen
  state.indices = indices
  state.plus = plus
  state.minus = minus
  state.average = average
}
