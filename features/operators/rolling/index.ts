/** Operators over the last rows of one symbol. */
import type { Operator } from '../../operator.ts'
import { correlation } from './correlation.ts'
import { covariance } from './covariance.ts'
import { delta } from './delta.ts'
import { indexOfMaximum } from './index-of-maximum.ts'
import { indexOfMinimum } from './index-of-minimum.ts'
import { lag } from './lag.ts'
import { maximum } from './maximum.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { minimum } from './minimum.ts'
import { paths } from './path/index.ts'
import { quantile } from './quantile.ts'
import { rSquare } from './r-square.ts'
import { rank } from './rank.ts'
import { residual } from './residual.ts'
import { slope } from './slope.ts'
import { standardDeviation } from './standard-deviation.ts'
import { statistics } from './statistics/index.ts'
import { sum } from './sum.ts'
import { variance } from './variance.ts'

export const rollingOperators: readonly Operator[] = [
  correlation,
  covariance,
  delta,
  indexOfMaximum,
  indexOfMinimum,
  lag,
  maximum,
  mean,
  median,
  minimum,
  quantile,
  rSquare,
  rank,
  residual,
  slope,
  standardDeviation,
  sum,
  variance,
  ...statistics,
  ...paths,
]
