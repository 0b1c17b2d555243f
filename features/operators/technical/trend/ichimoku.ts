import { check } from '../../../../core/checks.ts'
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

/** Highest highs and lowest lows (of the negatives) over the three windows. */
interface IchimokuState {
  readonly highest: readonly SlidingMaximum[]
  readonly lowest: readonly SlidingMaximum[]
  readonly middles: Float64Array
}

/**
 * Hosoda (1968). A chart draws the spans 26 bars ahead and the close 26 bars back; here every line is the value computed at its
 * row. The spans that a chart shows under a bar are `Ref(Ichimoku(…).senkouA, 26)`; the lagging line is the future close and is not offered.
 */
export const ichimoku = windowIndicator<IchimokuState>({
  name: 'Ichimoku',
  doc: 'Ichimoku lines in price units, as computed at the row and not shifted: middles of the range over the windows tenkan, kijun and senkou (.senkouB), and .senkouA between the first two.',
  inputs: ['high', 'low'],
  outputs: ['tenkan', 'kijun', 'senkouA', 'senkouB'],
  params: [
    windowOf(9, { name: 'tenkan' }),
    windowOf(26, { name: 'kijun' }),
    windowOf(52, { name: 'senkou' }),
  ],
  check([tenkan, kijun, senkou]) {
    const ordered = tenkan! <= kijun! && kijun! <= senkou!
    check(ordered, 'windows of Ichimoku', 'ascending', [tenkan, kijun, senkou])
  },
  span: ([, , senkou]) => senkou!,
  state: (windows) => ({
    highest: windows.map(slidingMaximum),
    lowest: windows.map(slidingMaximum),
    middles: new Float64Array(windows.length),
  }),
  advance({ highest, lowest, middles }, inputs, from, to, outs) {
    const [high, low] = inputs as Two
    const [tenkanOut, kijunOut, senkouAOut, senkouBOut] = outs
    for (let i = from; i < to; i++) {
      const top = high[i]!
      const bottom = -low[i]!
      const spread = top + bottom
      for (let k = 0; k < 3; k++) {
        if (spread - spread === 0) {
          const most = slideMaximum(highest[k]!, top)
          middles[k] = finite((most - slideMaximum(lowest[k]!, bottom)) / 2)
        } else {
          restartMaximum(highest[k]!)
          restartMaximum(lowest[k]!)
          middles[k] = NaN
        }
      }
      const longest = middles[2]!
      const known = longest === longest
      tenkanOut![i] = known ? middles[0]! : NaN
      kijunOut![i] = known ? middles[1]! : NaN
      senkouAOut![i] = known ? finite((middles[0]! + middles[1]!) / 2) : NaN
      senkouBOut![i] = longest
    }
  },
})
