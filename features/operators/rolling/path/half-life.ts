/**
 * Half-life of mean reversion (Chan 2013, "Algorithmic Trading", chapter 2): the change of x regressed on the x before gives the
 * speed −λ of an Ornstein-Uhlenbeck process, and ln 2 / λ rows halve a deviation. Without reversion (λ ≤ 0) there is none.
 */
import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'
import { pairWindow, pushPair, type PairWindow } from '../statistics/pair-window.ts'

export const halfLife = windowIndicator<PairWindow>({
  name: 'HalfLife',
  doc: 'Rows in which a deviation of x from its mean halves: −ln 2 over the slope of the last window changes on the values before them (Chan 2013); NaN where the slope is not negative.',
  inputs: ['x'],
  params: [windowOf(60, { min: 3 })],
  span: ([window]) => window! + 1,
  state: ([window]) => pairWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) {
      const before = i >= 1 ? x[i - 1]! : NaN
      pushPair(state, before, x[i]! - before)
      const slope = state.count === state.window ? state.cross / state.spreadX : NaN
      out![i] = slope < 0 ? finite(-Math.LN2 / slope) : NaN
    }
  },
})
