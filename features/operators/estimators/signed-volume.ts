import { expandingIndicator } from '../technical/stages/indicator.ts'
import type { Two } from '../technical/stages/inputs.ts'
import { finite } from '../elementwise/elementwise.ts'

/** The tick test (Lee and Ready 1991) on bars: a bar that closes where the one before did keeps that one's side. */
export const signedVolume = expandingIndicator<{ side: number }>({
  name: 'SignedVolume',
  doc: 'Volume with the sign of the last change of close that was not 0 (tick rule, Lee and Ready 1991); NaN before there was one.',
  inputs: ['close', 'volume'],
  reads: 1,
  before: () => 1,
  state: () => ({ side: NaN }),
  advance(state, inputs, from, to, [out]) {
    const [close, volume] = inputs as Two
    for (let i = from; i < to; i++) {
      const change = i >= 1 ? close[i]! - close[i - 1]! : NaN
      if (change > 0) state.side = 1
      else if (change < 0) state.side = -1
      out![i] = change === change ? finite(state.side * volume[i]!) : NaN
    }
  },
})
