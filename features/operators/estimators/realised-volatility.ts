import type { One } from '../technical/stages/inputs.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { meanOfTerms } from './mean-of-terms.ts'

export const realisedVolatility = meanOfTerms({
  name: 'RealizedVol',
  doc: 'Root of the mean squared log return of the last window rows, of one bar: times √252 it is of a year of daily bars (Andersen and Bollerslev 1998).',
  inputs: ['close'],
  reads: 1,
  of: 'volatility',
  terms(inputs, from, to, out) {
    const [close] = inputs as One
    for (let i = from; i < to; i++) {
      const change = i >= 1 ? logarithmOfRatio(close[i]!, close[i - 1]!) : NaN
      out[i] = change * change
    }
  },
})
