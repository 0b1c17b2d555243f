import { rolling } from './rolling.ts'

export const correlation = rolling({
  name: 'Corr',
  arity: 2,
  minPeriods: 2,
  doc: 'Pearson correlation of two columns over the last window rows; NaN where either does not vary.',
  over([a, b], start, end, valid) {
    let meanA = 0
    let meanB = 0
    for (let i = start; i < end; i++) {
      if (a![i] !== a![i] || b![i] !== b![i]) continue
      meanA += a![i]!
      meanB += b![i]!
    }
    meanA /= valid
    meanB /= valid
    let covariance = 0
    let varianceA = 0
    let varianceB = 0
    for (let i = start; i < end; i++) {
      const x = a![i]! - meanA
      const y = b![i]! - meanB
      if (x !== x || y !== y) continue
      covariance += x * y
      varianceA += x * x
      varianceB += y * y
    }
    // Rounding leaves about 1e-16 of the level where a column is constant; below 1e-12 of it there is no variation.
    const floorA = 1e-24 * valid * meanA * meanA
    const floorB = 1e-24 * valid * meanB * meanB
    if (varianceA <= floorA || varianceB <= floorB) return NaN
    return covariance / Math.sqrt(varianceA * varianceB)
  },
})
