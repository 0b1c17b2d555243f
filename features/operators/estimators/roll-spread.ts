import { finite } from '../elementwise/elementwise.ts'
import { pairWindow, pushPair, type PairWindow } from '../rolling/statistics/pair-window.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import type { One } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'

/**
 * Roll (1984): bouncing between bid and ask makes price changes that follow each other covary by −(spread / 2)². Where the sample
 * covariance is not negative there is no estimate; writing 0 there, as some do, would call those the most liquid moments.
 */
export const rollSpread = windowIndicator<PairWindow>({
  name: 'RollSpread',
  doc: 'Effective spread in units of x: 2 √−cov of the last window pairs of price changes that follow each other, sample covariance (Roll 1984); NaN where that is not negative.',
  inputs: ['x'],
  params: [windowOf(60, { min: 2 })],
  span: ([window]) => window! + 2,
  state: ([window]) => pairWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { window } = state
    for (let i = from; i < to; i++) {
      if (i < 2) pushPair(state, NaN, NaN)
      else pushPair(state, x[i - 1]! - x[i - 2]!, x[i]! - x[i - 1]!)
      const covariance = state.count === window ? state.cross / (window - 1) : NaN
      out![i] = covariance < 0 ? finite(2 * Math.sqrt(-covariance)) : NaN
    }
  },
})
