/**
 * Corwin and Schultz (2012): the range of two bars holds twice the variance of one but the spread only once. As in their section
 * II.A, a bar that lies wholly beyond the close before it is moved back by that gap, and a negative estimate of two bars counts
 * as 0; those of the last `window` pairs of bars are averaged.
 */
import type { Three } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

const scale = 3 - 2 * Math.SQRT2

export const corwinSchultz = meanOfTerms({
  name: 'CorwinSchultz',
  doc: 'Spread as a share of the price from highs and lows: mean over the last window pairs of bars of 2 (e^α − 1) / (1 + e^α), a negative estimate counting as 0, after overnight gaps are taken out (Corwin and Schultz 2012).',
  inputs: ['high', 'low', 'close'],
  reads: 1,
  of: 'mean',
  terms(inputs, from, to, out) {
    const [high, low, close] = inputs as Three
    for (let i = from; i < to; i++) {
      out[i] = NaN
      if (i < 1) continue
      const before = close[i - 1]!
      const gap = low[i]! > before ? low[i]! - before : high[i]! < before ? high[i]! - before : 0
      const top = high[i]! - gap
      const bottom = low[i]! - gap
      const own = logarithmOfRatio(top, bottom)
      const earlier = logarithmOfRatio(high[i - 1]!, low[i - 1]!)
      const both = logarithmOfRatio(Math.max(top, high[i - 1]!), Math.min(bottom, low[i - 1]!))
      const single = Math.sqrt(own * own + earlier * earlier)
      const alpha = ((Math.SQRT2 - 1) * single) / scale - Math.abs(both) / Math.sqrt(scale)
      // 2 (e^α − 1) / (1 + e^α) without its cancellation; a missing close leaves no gap to take out.
      out[i] = before === before ? Math.max(0, 2 * Math.tanh(alpha / 2)) : NaN
    }
  },
})
