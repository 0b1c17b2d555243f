import type { One } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { factor, windowOf } from '../stages/parameters.ts'
import {
  restartMoments,
  slideMoments,
  slidingMoments,
  type SlidingMoments,
} from '../stages/sliding-moments.ts'

interface BollingerState {
  readonly moments: SlidingMoments
  readonly deviations: number
}

/** Bollinger (1983). The deviation is the population's, as in TA-Lib; `Std` is the sample's. */
export const bollingerBands = windowIndicator<BollingerState>({
  name: 'BBands',
  doc: 'Bollinger bands in units of x: .middle is the mean of window rows, .upper and .lower are deviations standard deviations (population) from it; TA-Lib BBANDS.',
  inputs: ['x'],
  outputs: ['upper', 'middle', 'lower'],
  params: [windowOf(20), factor('deviations', 2)],
  span: ([window]) => window!,
  state: ([window, deviations]) => ({
    moments: slidingMoments(window!),
    deviations: deviations!,
  }),
  advance({ moments, deviations }, inputs, from, to, outs) {
    const [x] = inputs as One
    const [upper, middle, lower] = outs as readonly [Float64Array, Float64Array, Float64Array]
    const inverse = 1 / moments.window
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value - value === 0) slideMoments(moments, value)
      else restartMoments(moments)
      const { mean } = moments
      const width = deviations * Math.sqrt(moments.squares * inverse)
      upper[i] = finite(mean + width)
      middle[i] = finite(mean)
      lower[i] = finite(mean - width)
    }
  },
})
