import type { Two } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

const scale = 1 / (4 * Math.LN2)

export const parkinson = meanOfTerms({
  name: 'Parkinson',
  doc: 'Volatility of one bar from its range: root of the mean of ln(high / low)² / (4 ln 2) over the last window rows (Parkinson 1980); no drift, no gaps between bars.',
  inputs: ['high', 'low'],
  reads: 0,
  of: 'volatility',
  terms(inputs, from, to, out) {
    const [high, low] = inputs as Two
    for (let i = from; i < to; i++) {
      const range = logarithmOfRatio(high[i]!, low[i]!)
      out[i] = scale * range * range
    }
  },
})
