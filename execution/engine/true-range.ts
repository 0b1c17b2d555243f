/** Wilder's average true range over 14 bars as a small JSON state, equal to the operator ATR; the stop distance hangs on it. */
import type { PriceBar } from '../broker/paper-broker.ts'

const window = 14

export interface RangeState {
  readonly bars: number
  readonly previousClose: number | null
  readonly sum: number
  /** Null until 14 true ranges are there. */
  readonly average: number | null
}

export function newRange(): RangeState {
  return { bars: 0, previousClose: null, sum: 0, average: null }
}

export function advanceRange(state: RangeState, { high, low, close }: PriceBar): RangeState {
  if (state.previousClose === null) return { ...state, previousClose: close }
  const range = Math.max(high, state.previousClose) - Math.min(low, state.previousClose)
  const bars = state.bars + 1
  const sum = bars <= window ? state.sum + range : state.sum
  const average =
    bars < window
      ? null
      : bars === window
        ? sum / window
        : state.average! + (range - state.average!) / window
  return { bars, previousClose: close, sum, average }
}
