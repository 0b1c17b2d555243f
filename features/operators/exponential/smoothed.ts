/**
 * Builds first-order recursive means: the first `seedPeriods` valid values are averaged, then y ← y + α (x − y), which is how
 * TA-Lib seeds EMA and Wilder's averages. A missing value is skipped: the mean holds, the row gives NaN.
 * The warm-up counts rows until the seed weighs less than 0.1 %: ln(1000) / α.
 */
export interface SmoothedState {
  readonly alpha: number
  readonly seedPeriods: number
  seen: number
  value: number
}

export function smoothed(alpha: number, seedPeriods: number): SmoothedState {
  return { alpha, seedPeriods, seen: 0, value: 0 }
}

export function smoothedWarmup(alpha: number, seedPeriods: number): number {
  return seedPeriods - 1 + Math.ceil(Math.log(1000) / alpha)
}

/** Takes one value; answers the mean, NaN until the seed is complete or where the value is missing. */
export function smooth(state: SmoothedState, x: number): number {
  if (x !== x) return NaN
  state.seen++
  if (state.seen <= state.seedPeriods) {
    state.value += (x - state.value) / state.seen
    return state.seen === state.seedPeriods ? state.value : NaN
  }
  state.value += state.alpha * (x - state.value)
  return state.value
}
