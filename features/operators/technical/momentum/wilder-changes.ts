/** Wilder's averages of gains and losses, a change at a time; change-oscillator.ts has them over rows. */
import { above } from '../stages/bar.ts'
import { zero } from '../stages/zero.ts'

export interface WilderChanges {
  readonly window: number
  seen: number
  gain: number
  loss: number
}

export function wilderChanges(window: number): WilderChanges {
  return { window, seen: 0, gain: zero, loss: zero }
}

/** Takes a change, finite; the averages are there once `seen` has reached `window`. */
export function takeChange(state: WilderChanges, change: number): void {
  const { window } = state
  if (state.seen < window) {
    state.gain += above(change) / window
    state.loss += above(-change) / window
    state.seen++
    return
  }
  state.gain += (above(change) - state.gain) / window
  state.loss += (above(-change) - state.loss) / window
}
