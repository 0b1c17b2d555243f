/** Statistics of the last rows beyond mean and variance. */
import type { Operator } from '../../../operator.ts'
import { alpha } from './alpha.ts'
import { autocorrelation } from './autocorrelation.ts'
import { beta } from './beta.ts'
import { count } from './count.ts'
import { entropy } from './entropy.ts'
import { kurtosis } from './kurtosis.ts'
import { meanAbsoluteDeviation } from './mean-absolute-deviation.ts'
import { medianAbsoluteDeviation } from './median-absolute-deviation.ts'
import { regressionResidual } from './regression-residual.ts'
import { skewness } from './skewness.ts'
import { winsorised } from './winsorised.ts'
import { zScore } from './z-score.ts'

export const statistics: readonly Operator[] = [
  alpha,
  autocorrelation,
  beta,
  count,
  entropy,
  kurtosis,
  meanAbsoluteDeviation,
  medianAbsoluteDeviation,
  regressionResidual,
  skewness,
  winsorised,
  zScore,
]
