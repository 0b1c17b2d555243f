import type { Four } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

export const rogersSatchell = meanOfTerms({
  name: 'RogersSatchell',
  doc: 'Volatility of one bar whatever its drift: root of the mean of ln(high / open) ln(high / close) + ln(low / open) ln(low / close) over the last window rows (Rogers and Satchell 1991); no gaps between bars.',
  inputs: ['open', 'high', 'low', 'close'],
  reads: 0,
  of: 'volatility',
  terms(inputs, from, to, out) {
    const [open, high, low, close] = inputs as Four
    for (let i = from; i < to; i++)
      out[i] = rogersSatchellTerm(open[i]!, high[i]!, low[i]!, close[i]!)
  },
})

export function rogersSatchellTerm(open: number, high: number, low: number, close: number): number {
  return (
    logarithmOfRatio(high, open) * logarithmOfRatio(high, close) +
    logarithmOfRatio(low, open) * logarithmOfRatio(low, close)
  )
}
