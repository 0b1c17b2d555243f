/** Operators over the last rows of one symbol. */
import type { Operator } from '../../operator.ts'
import { correlation } from './correlation.ts'
import { delta } from './delta.ts'
import { lag } from './lag.ts'
import { maximum } from './maximum.ts'
import { mean } from './mean.ts'
import { minimum } from './minimum.ts'
import { rank } from './rank.ts'
import { slope } from './slope.ts'
import { standardDeviation } from './standard-deviation.ts'
import { sum } from './sum.ts'

export const rollingOperators: readonly Operator[] = [
  correlation,
  delta,
  lag,
  maximum,
  mean,
  minimum,
  rank,
  slope,
  standardDeviation,
  sum,
]
