import { weightedMoment } from './weighted-moments.ts'

export const weightedCorrelation = weightedMoment({
  name: 'EWMCorr',
  doc: 'Exponentially weighted correlation of two columns with α = 2 / (window + 1) (pandas ewm(span=window, adjust=False).corr()); NaN where either has not varied.',
  arity: 2,
  result({ varianceX, varianceY, covariance }) {
    const value = covariance / Math.sqrt(varianceX * varianceY)
    // Rounding may lead a little beyond 1.
    return value > 1 ? 1 : value < -1 ? -1 : value
  },
})
