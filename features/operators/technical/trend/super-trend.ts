import { smooth, smoothed, type SmoothedState } from '../../exponential/smoothed.ts'
import type { Three } from '../stages/inputs.ts'
import { trueRange } from '../stages/bar.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { factor, windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { zero } from '../stages/zero.ts'

interface SuperTrendState {
  readonly range: SmoothedState
  readonly multiple: number
  /** 1 up, −1 down; 0 before the first band. */
  direction: number
  upper: number
  lower: number
}

/**
 * Seban. Each band may only come nearer until the close before lies beyond it; the trend turns where the close crosses the band
 * it follows. It starts upward, as in TA-Lib.
 */
export const superTrend = recursiveIndicator<SuperTrendState>({
  name: 'Supertrend',
  doc: 'Supertrend: .value is the band that the trend follows, in price units, multiple average true ranges from the middle of the bar; .direction is 1 up, −1 down; TA-Lib SUPERTREND.',
  inputs: ['high', 'low', 'close'],
  outputs: ['value', 'direction'],
  params: [windowOf(10, { min: 2 }), factor('multiple', 3)],
  reads: 1,
  before: ([window]) => window!,
  // Two starts are one from the first turn that they share: with (10, 3) after at most 70 rows on SPX, AAPL and a random walk
  // of 20,000 bars, with (14, 4) after 121.
  settles: ([window, multiple]) => settlingRows(1 / window!, 1) + Math.ceil(10 * multiple! ** 2),
  state: ([window, multiple]) => ({
    range: smoothed(1 / window!, window!),
    multiple: multiple!,
    ...{ direction: 0, upper: zero, lower: zero },
  }),
  advance(state, inputs, from, to, [valueOut, directionOut]) {
    const [high, low, close] = inputs as Three
    for (let i = from; i < to; i++) {
      valueOut![i] = NaN
      directionOut![i] = NaN
      const last = close[i]!
      const previous = i >= 1 ? close[i - 1]! : NaN
      const range = trueRange(high[i]!, low[i]!, previous)
      const whole = range + last
      if (whole - whole !== 0) continue
      const width = state.multiple * smooth(state.range, range)
      const middle = (high[i]! + low[i]!) / 2
      const bounds = Math.abs(middle) + width
      if (bounds - bounds !== 0) continue
      follow(state, previous, last, middle + width, middle - width)
      valueOut![i] = state.direction === 1 ? state.lower : state.upper
      directionOut![i] = state.direction
    }
  },
})

/** Moves the bands and the direction by one bar: the closes before it and of it, and its bands by themselves. */
function follow(
  state: SuperTrendState,
  previous: number,
  last: number,
  upper: number,
  lower: number,
): void {
  const first = state.direction === 0
  if (first || upper < state.upper || previous > state.upper) state.upper = upper
  if (first || lower > state.lower || previous < state.lower) state.lower = lower
  if (first) state.direction = 1
  else if (state.direction === 1 && last < state.lower) state.direction = -1
  else if (state.direction === -1 && last > state.upper) state.direction = 1
}
