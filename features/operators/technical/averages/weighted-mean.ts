import type { One } from '../stages/inputs.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { finite } from '../stages/finite.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  restartWeighted,
  slideWeighted,
  slidingWeighted,
  type SlidingWeighted,
} from '../stages/sliding-weighted.ts'

export const weightedMean = windowIndicator<SlidingWeighted>({
  name: 'WMA',
  doc: 'Mean of the last window values with weights 1 (oldest) to window (newest); TA-Lib WMA.',
  inputs: ['x'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => slidingWeighted(window!),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value - value !== 0) {
        restartWeighted(state)
        out![i] = NaN
      } else out![i] = finite(slideWeighted(state, value))
    }
  },
})
