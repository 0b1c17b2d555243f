/** The table of operators. A new operator is a file and a line here; test/conformance/operators.test.ts runs over it. */
import type { Operator } from '../operator.ts'
import { absolute } from './absolute.ts'
import { add } from './add.ts'
import { averageTrueRange } from './average-true-range.ts'
import { correlation } from './correlation.ts'
import { crossRank } from './cross-rank.ts'
import { crossZScore } from './cross-z-score.ts'
import { delta } from './delta.ts'
import { divide } from './divide.ts'
import { exponentialMean } from './exponential-mean.ts'
import { greater } from './greater.ts'
import { groupDemean } from './group-demean.ts'
import { lag } from './lag.ts'
import { less } from './less.ts'
import { logarithm } from './logarithm.ts'
import { maximum } from './maximum.ts'
import { mean } from './mean.ts'
import { minimum } from './minimum.ts'
import { multiply } from './multiply.ts'
import { rank } from './rank.ts'
import { relativeStrength } from './relative-strength.ts'
import { sign } from './sign.ts'
import { slope } from './slope.ts'
import { standardDeviation } from './standard-deviation.ts'
import { subtract } from './subtract.ts'
import { sum } from './sum.ts'

export const operators: readonly Operator[] = [
  absolute,
  add,
  averageTrueRange,
  correlation,
  crossRank,
  crossZScore,
  delta,
  divide,
  exponentialMean,
  greater,
  groupDemean,
  lag,
  less,
  logarithm,
  maximum,
  mean,
  minimum,
  multiply,
  rank,
  relativeStrength,
  sign,
  slope,
  standardDeviation,
  subtract,
  sum,
]
