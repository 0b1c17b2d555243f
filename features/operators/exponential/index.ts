/** Exponential and expanding operators. */
import type { Operator } from '../../operator.ts'
import { expandingDeviation } from './expanding-deviation.ts'
import { expandingMaximum } from './expanding-maximum.ts'
import { expandingMean } from './expanding-mean.ts'
import { expandingMinimum } from './expanding-minimum.ts'
import { expandingQuantile } from './expanding-quantile.ts'
import { expandingSum } from './expanding-sum.ts'
import { expandingZScore } from './expanding-z-score.ts'
import { exponentialDecay } from './exponential-decay.ts'
import { exponentialMean } from './exponential-mean.ts'
import { weightedCorrelation } from './weighted-correlation.ts'
import { weightedDeviation } from './weighted-deviation.ts'
import { weightedVariance } from './weighted-variance.ts'

export const exponentialOperators: readonly Operator[] = [
  expandingDeviation,
  expandingMaximum,
  expandingMean,
  expandingMinimum,
  expandingQuantile,
  expandingSum,
  expandingZScore,
  exponentialDecay,
  exponentialMean,
  weightedCorrelation,
  weightedDeviation,
  weightedVariance,
]
