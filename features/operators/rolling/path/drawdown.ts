import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'
import { fallWindow, pushFall, type FallWindow } from './fall-window.ts'

export const drawdown = windowIndicator<FallWindow>({
  name: 'Drawdown',
  doc: 'Newest price over the largest of the last window, less 1: 0 at the top, −0.1 ten percent below it; NaN where one of them is not above 0.',
  inputs: ['close'],
  params: [windowOf(60)],
  span: ([window]) => window!,
  state: ([window]) => fallWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [price] = inputs as One
    for (let i = from; i < to; i++) {
      pushFall(state, price[i]!)
      out![i] = finite(price[i]! / state.top - 1)
    }
  },
})
