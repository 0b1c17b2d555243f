/**
 * Wilder's averages of gains and losses ("New Concepts in Technical Trading Systems", 1978): the first is the mean of the
 * first `window` changes, then average ← average + (change − average) / window; TA-Lib RSI and CMO.
 */
import type { One } from '../stages/inputs.ts'
import { above } from '../stages/bar.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import type { SeriesOperator } from '../../../operator.ts'

export interface WilderChanges {
  readonly window: number
  seen: number
  gain: number
  loss: number
}

export function wilderChanges(window: number): WilderChanges {
  return { window, seen: 0, gain: 0, loss: 0 }
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

interface ChangeOscillatorDefinition {
  readonly name: string
  readonly doc: string
  /** 100 (gain + lossWeight · loss) / (gain + loss). */
  readonly lossWeight: number
  /** The value where nothing moved. */
  readonly still: number
}

export function changeOscillator({
  lossWeight,
  still,
  ...named
}: ChangeOscillatorDefinition): SeriesOperator<WilderChanges> {
  return recursiveIndicator<WilderChanges>({
    ...named,
    inputs: ['x'],
    params: [windowOf(14, { min: 2 })],
    reads: 1,
    before: ([window]) => window!,
    settles: ([window]) => settlingRows(1 / window!, 1),
    state: ([window]) => wilderChanges(window!),
    advance(state, inputs, from, to, [out]) {
      const [x] = inputs as One
      const { window } = state
      const weight = 1 / window
      const keep = 1 - weight
      let i = from
      let previous = i >= 1 ? x[i - 1]! : NaN
      while (i < to && state.seen < window) {
        const change = x[i]! - previous
        previous = x[i]!
        if (change - change === 0) takeChange(state, change)
        out![i] =
          state.seen === window && change - change === 0
            ? oscillate(state.gain, state.loss, lossWeight, still)
            : NaN
        i++
      }
      let { gain, loss } = state
      for (; i < to; i++) {
        const change = x[i]! - previous
        previous = x[i]!
        if (change - change !== 0) {
          out![i] = NaN
          continue
        }
        gain = keep * gain + weight * above(change)
        loss = keep * loss + weight * above(-change)
        out![i] = oscillate(gain, loss, lossWeight, still)
      }
      state.gain = gain
      state.loss = loss
    },
  })
}

function oscillate(gain: number, loss: number, lossWeight: number, still: number): number {
  const movement = gain + loss
  return movement > 0 ? (100 * (gain + lossWeight * loss)) / movement : still
}
