import { above } from '../stages/bar.ts'
import { blockRows, scratch } from '../stages/blocks.ts'
import type { One } from '../stages/inputs.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { factor, windowOf } from '../stages/parameters.ts'
import { slideMoments, slidingMoments, type SlidingMoments } from '../stages/sliding-moments.ts'

interface BollingerState {
  readonly moments: SlidingMoments
  readonly deviations: number
}

const means = scratch()
const squares = scratch()

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
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      slideMoments(moments, x, start, count, means, squares)
      for (let j = 0; j < count; j++) {
        const mean = means[j]!
        const width = deviations * Math.sqrt(above(squares[j]!) * inverse)
        // 0, or NaN where a band is not finite.
        const missing = width - width
        upper[start + j] = mean + width + missing
        middle[start + j] = mean + missing
        lower[start + j] = mean - width + missing
      }
    }
  },
})
