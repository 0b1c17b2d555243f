import type { Four } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

const bodyWeight = 2 * Math.LN2 - 1

export const garmanKlass = meanOfTerms({
  name: 'GarmanKlass',
  doc: 'Volatility of one bar from its four prices: root of the mean of ln(high / low)² / 2 − (2 ln 2 − 1) ln(close / open)² over the last window rows (Garman and Klass 1980); no drift, no gaps between bars.',
  inputs: ['open', 'high', 'low', 'close'],
  reads: 0,
  of: 'volatility',
  terms(inputs, from, to, out) {
    const [open, high, low, close] = inputs as Four
    for (let i = from; i < to; i++) {
      const range = logarithmOfRatio(high[i]!, low[i]!)
      const body = logarithmOfRatio(close[i]!, open[i]!)
      out[i] = 0.5 * range * range - bodyWeight * body * body
    }
  },
})
