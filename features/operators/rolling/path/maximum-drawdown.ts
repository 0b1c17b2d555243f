import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'
import { fallWindow, pushFall, type FallWindow } from './fall-window.ts'

export const maximumDrawdown = windowIndicator<FallWindow>({
  name: 'MaxDrawdown',
  doc: 'Deepest fall within the last window prices, from one to a later one: −0.1 is ten percent, 0 where they only rise; NaN where one of them is not above 0.',
  inputs: ['close'],
  params: [windowOf(60)],
  span: ([window]) => window!,
  state: ([window]) => fallWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [price] = inputs as One
    for (let i = from; i < to; i++) {
      pushFall(state, price[i]!)
      out![i] = finite(state.ratio - 1)
    }
  },
})
