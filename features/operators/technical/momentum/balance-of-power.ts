import type { Four } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'

/** Livshin (2001). */
export const balanceOfPower = windowIndicator<Record<string, never>>({
  name: 'BOP',
  doc: 'Balance of power, −1 … 1: close less open over high less low; NaN where that is 0 (TA-Lib BOP answers 0).',
  inputs: ['open', 'high', 'low', 'close'],
  span: () => 1,
  state: () => ({}),
  advance(_, inputs, from, to, [out]) {
    const [open, high, low, close] = inputs as Four
    for (let i = from; i < to; i++) {
      const range = high[i]! - low[i]!
      out![i] = range > 0 ? finite((close[i]! - open[i]!) / range) : NaN
    }
  },
})
