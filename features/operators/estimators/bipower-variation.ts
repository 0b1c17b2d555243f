import type { One } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

/** Barndorff-Nielsen and Shephard (2004), as a mean a bar, so that it compares with the square of `RealizedVol`. */
export const bipowerVariation = meanOfTerms({
  name: 'BipowerVariation',
  doc: 'Variance of one bar without jumps: π/2 times the mean product of the sizes of log returns that follow each other, over the last window such pairs (Barndorff-Nielsen and Shephard 2004).',
  inputs: ['close'],
  reads: 2,
  of: 'mean',
  terms(inputs, from, to, out) {
    const [close] = inputs as One
    for (let i = from; i < to; i++) {
      if (i < 2) {
        out[i] = NaN
        continue
      }
      const before = logarithmOfRatio(close[i - 1]!, close[i - 2]!)
      out[i] = (Math.PI / 2) * Math.abs(before * logarithmOfRatio(close[i]!, close[i - 1]!))
    }
  },
})
