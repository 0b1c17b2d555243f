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
      let i = from
      for (; i < to && state.seen < state.window; i++) {
        const change = i >= 1 ? x[i]! - x[i - 1]! : NaN
        out![i] = NaN
        if (change - change !== 0) continue
        takeChange(state, change)
        if (state.seen === state.window)
          out![i] = oscillate(state.gain, state.loss, lossWeight, still)
      }
      if (i < to) oscillateRows(state, x, i, to, out!, lossWeight, still)
    },
  })
}

/**
 * Rows [from, to) of averages that have begun. The loop is a function of plain arrays, so that nothing about how the operator is
 * called makes V8 compile it twice.
 */
function oscillateRows(
  state: WilderChanges,
  x: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  lossWeight: number,
  still: number,
): void {
  const weight = 1 / state.window
  const keep = 1 - weight
  let { gain, loss } = state
  let previous = x[from - 1]!
  for (let i = from; i < to; i++) {
    const change = x[i]! - previous
    previous = x[i]!
    if (change - change !== 0) {
      out[i] = NaN
      continue
    }
    gain = keep * gain + weight * above(change)
    loss = keep * loss + weight * above(-change)
    out[i] = oscillate(gain, loss, lossWeight, still)
  }
  state.gain = gain
  state.loss = loss
}

function oscillate(gain: number, loss: number, lossWeight: number, still: number): number {
  const movement = gain + loss
  return movement > 0 ? (100 * (gain + lossWeight * loss)) / movement : still + movement
}
