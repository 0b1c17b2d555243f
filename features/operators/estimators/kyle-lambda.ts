import { finite } from '../elementwise/elementwise.ts'
import { pairWindow, pushPair, type PairWindow } from '../rolling/statistics/pair-window.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import type { Two } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'

/**
 * Kyle (1985), estimated from bars: each bar's volume takes the sign of its price change, 0 where there is none, so that the
 * window bounds what a value depends on.
 */
export const kyleLambda = windowIndicator<PairWindow>({
  name: 'KyleLambda',
  doc: 'Price impact: least-squares slope of the change of close on volume with the sign of that change, over the last window rows, in price a unit of volume (Kyle 1985); NaN where signed volume does not vary.',
  inputs: ['close', 'volume'],
  params: [windowOf(60, { min: 2 })],
  span: ([window]) => window! + 1,
  state: ([window]) => pairWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [close, volume] = inputs as Two
    const { window } = state
    for (let i = from; i < to; i++) {
      const change = i >= 1 ? close[i]! - close[i - 1]! : NaN
      pushPair(state, Math.sign(change) * volume[i]!, change)
      out![i] = state.count === window ? finite(state.cross / state.spreadX) : NaN
    }
  },
})
