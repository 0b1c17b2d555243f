import { rolling } from './rolling.ts'

export const slope = rolling({
  name: 'Slope',
  doc: 'Least-squares slope of the last window values against 0, 1, 2 …, in units a bar; NaN below two values.',
  minPeriods: 2,
  over([y], start, end, valid) {
    let meanX = 0
    let meanY = 0
    for (let i = start; i < end; i++) {
      if (y![i] !== y![i]) continue
      meanX += i - start
      meanY += y![i]!
    }
    meanX /= valid
    meanY /= valid
    let covariance = 0
    let variance = 0
    for (let i = start; i < end; i++) {
      if (y![i] !== y![i]) continue
      const x = i - start - meanX
      covariance += x * (y![i]! - meanY)
      variance += x * x
    }
    return covariance / variance
  },
})
