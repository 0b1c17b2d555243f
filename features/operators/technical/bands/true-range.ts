import type { Three } from '../stages/inputs.ts'
import { trueRange as rangeOf } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'

/** Wilder (1978). The first row has no close before it and gives none, as in TA-Lib. */
export const trueRange = windowIndicator<Record<string, never>>({
  name: 'TrueRange',
  doc: 'True range in price units: max(high, previous close) − min(low, previous close); TA-Lib TRANGE.',
  inputs: ['high', 'low', 'close'],
  span: () => 2,
  state: () => ({}),
  advance(_, inputs, from, to, [out]) {
    const [high, low, close] = inputs as Three
    for (let i = from; i < to; i++) {
      const previous = i >= 1 ? close[i - 1]! : NaN
      // A bar without a close is incomplete.
      out![i] = finite(rangeOf(high[i]!, low[i]!, previous) + 0 * close[i]!)
    }
  },
})
