import { rolling } from './rolling.ts'

/** Two passes over the window: exactly 0 for a constant window, no cancellation for large levels. */
export const standardDeviation = rolling({
  name: 'Std',
  doc: 'Sample standard deviation (n − 1) of the last window values; NaN below two values.',
  minPeriods: 2,
  over([x], start, end, valid) {
    let total = 0
    for (let i = start; i < end; i++) if (x![i] === x![i]) total += x![i]!
    const mean = total / valid
    let squares = 0
    let residual = 0
    for (let i = start; i < end; i++) {
      const deviation = x![i]! - mean
      if (deviation === deviation) {
        squares += deviation * deviation
        residual += deviation
      }
    }
    // The second term corrects the rounding of the mean (Chan, Golub, LeVeque 1983).
    const variance = (squares - (residual * residual) / valid) / (valid - 1)
    return Math.sqrt(Math.max(0, variance))
  },
})
