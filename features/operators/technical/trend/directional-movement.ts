/**
 * Wilder's directional movement (1978) with TA-Lib's start: the first `window − 1` movements are summed, then
 * sum ← sum − sum / window + movement. Indices are shares of the true range summed the same way; where that or both movements
 * are 0 there is no direction and the answer is NaN (TA-Lib answers 0, or what it answered before).
 */
import type { SeriesOperator } from '../../../operator.ts'
import type { Three } from '../stages/inputs.ts'
import { above, trueRange } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { zero } from '../stages/zero.ts'

interface DirectionalState {
  readonly window: number
  seen: number
  plus: number
  minus: number
  range: number
}

type Inputs = readonly ['high', 'low'] | readonly ['high', 'low', 'close']

interface DirectionalDefinition {
  readonly name: string
  readonly doc: string
  readonly inputs: Inputs
  /** A movement has its first value with the sum of window − 1, an index one row later. */
  readonly later: 0 | 1
  readonly value: (plus: number, minus: number, range: number) => number
}

const ofPrices = ['high', 'low'] as const
const ofRange = ['high', 'low', 'close'] as const

export const plusMovement = directional({
  name: 'PlusDM',
  doc: 'Upward directional movement, summed with decay 1 / window, in price units; TA-Lib PLUS_DM.',
  inputs: ofPrices,
  later: 0,
  value: (plus) => plus,
})

export const minusMovement = directional({
  name: 'MinusDM',
  doc: 'Downward directional movement, summed with decay 1 / window, in price units; TA-Lib MINUS_DM.',
  inputs: ofPrices,
  later: 0,
  value: (_, minus) => minus,
})

export const plusIndex = directional({
  name: 'PlusDI',
  doc: 'Upward directional movement in percent of the true range, 0 … 100; TA-Lib PLUS_DI.',
  inputs: ofRange,
  later: 1,
  value: (plus, _, range) => (100 * plus) / range,
})

export const minusIndex = directional({
  name: 'MinusDI',
  doc: 'Downward directional movement in percent of the true range, 0 … 100; TA-Lib MINUS_DI.',
  inputs: ofRange,
  later: 1,
  value: (_, minus, range) => (100 * minus) / range,
})

export const directionalIndex = directional({
  name: 'DX',
  doc: 'Directional index, 0 … 100: how one-sided the movement is, either way; TA-Lib DX.',
  inputs: ofRange,
  later: 1,
  value: (plus, minus) => (100 * Math.abs(plus - minus)) / (plus + minus),
})

function directional({
  later,
  value,
  ...named
}: DirectionalDefinition): SeriesOperator<DirectionalState> {
  return recursiveIndicator<DirectionalState>({
    ...named,
    params: [windowOf(14, { min: 2 })],
    reads: 1,
    before: ([window]) => window! - 1 + later,
    settles: ([window]) => settlingRows(1 / window!, 1),
    state: ([window]) => ({ window: window!, seen: 0, plus: zero, minus: zero, range: zero }),
    advance(state, inputs, from, to, [out]) {
      const [high, low, close] = inputs as Three
      const { window } = state
      for (let i = from; i < to; i++) {
        const up = i >= 1 ? high[i]! - high[i - 1]! : NaN
        const down = i >= 1 ? low[i - 1]! - low[i]! : NaN
        // Movements need no close; an index is missing where the bar's own is.
        const range = named.inputs.length === 2 ? 0 : rangeOf(high, low, close, i)
        const whole = up + down + range
        if (whole - whole !== 0) {
          out![i] = NaN
          continue
        }
        const keep = state.seen < window - 1 ? 1 : 1 - 1 / window
        state.seen++
        state.plus = keep * state.plus + Number(up > down) * above(up)
        state.minus = keep * state.minus + Number(down > up) * above(down)
        state.range = keep * state.range + range
        const ready = state.seen >= window - 1 + later
        out![i] = ready ? finite(value(state.plus, state.minus, state.range)) : NaN
      }
    },
  })
}

function rangeOf(high: Float64Array, low: Float64Array, close: Float64Array, i: number): number {
  return trueRange(high[i]!, low[i]!, close[i - 1]!) + 0 * close[i]!
}
