import type { Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import {
  restartMaximum,
  slideMaximum,
  slidingMaximum,
  type SlidingMaximum,
} from '../stages/sliding-maximum.ts'

interface DonchianState {
  readonly highest: SlidingMaximum
  /** Of the negatives. */
  readonly lowest: SlidingMaximum
}

/** Donchian (1960). The newest bar is in the window, as in TA-Lib, so that a close never lies outside. */
export const donchianChannel = windowIndicator<DonchianState>({
  name: 'Donchian',
  doc: 'Donchian channel in price units over window rows, the newest among them: .upper the highest high, .lower the lowest low, .middle between; TA-Lib DONCHIAN.',
  inputs: ['high', 'low'],
  outputs: ['upper', 'middle', 'lower'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => ({ highest: slidingMaximum(window!), lowest: slidingMaximum(window!) }),
  advance({ highest, lowest }, inputs, from, to, outs) {
    const [high, low] = inputs as Two
    const [upper, middle, lower] = outs as readonly [Float64Array, Float64Array, Float64Array]
    for (let i = from; i < to; i++) {
      const top = high[i]!
      const bottom = low[i]!
      const spread = top - bottom
      let most = NaN
      let least = NaN
      if (spread - spread === 0) {
        most = slideMaximum(highest, top)
        least = -slideMaximum(lowest, -bottom)
      } else {
        restartMaximum(highest)
        restartMaximum(lowest)
      }
      upper[i] = most
      middle[i] = finite((most + least) / 2)
      lower[i] = least
    }
  },
})
