import { check } from '../../../../core/checks.ts'
import { blockRows, scratch } from '../stages/blocks.ts'
import type { Four, Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideRanges, slidingRange, type SlidingRange } from '../stages/sliding-range.ts'

const highest = scratch()
const lowest = scratch()
/** Where the middle of each window goes: tenkan, kijun, senkouB. */
const outputOf = [0, 1, 3]

interface IchimokuState {
  readonly ranges: readonly SlidingRange[]
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
    ranges: windows.map(slidingRange),
  }),
  advance({ ranges }, inputs, from, to, outs) {
    const [high, low] = inputs as Two
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      ranges.forEach((range, k) => {
        const out = outs[outputOf[k]!]!
        slideRanges(range, high, low, start, count, highest, lowest)
        for (let j = 0; j < count; j++) out[start + j] = finite((highest[j]! + lowest[j]!) / 2)
      })
      joinLines(outs as Four, start, start + count)
    }
  },
})

/** The first span lies between the faster lines; nothing is given before the slowest has its window. */
function joinLines([tenkan, kijun, spanA, spanB]: Four, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    spanA[i] = finite((tenkan[i]! + kijun[i]!) / 2)
    if (spanB[i] === spanB[i]) continue
    tenkan[i] = NaN
    kijun[i] = NaN
    spanA[i] = NaN
  }
}
