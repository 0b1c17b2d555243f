/** Moving averages. The simple one is `Mean`, the exponential one `EMA`. */
import type { Operator } from '../../../operator.ts'
import { adaptiveMean } from './adaptive-mean.ts'
import { doubleExponentialMean } from './double-exponential-mean.ts'
import { hullMean } from './hull-mean.ts'
import { tillsonMean } from './tillson-mean.ts'
import { triangularMean } from './triangular-mean.ts'
import { tripleExponentialMean } from './triple-exponential-mean.ts'
import { weightedMean } from './weighted-mean.ts'

export const averages: readonly Operator[] = [
  adaptiveMean,
  doubleExponentialMean,
  hullMean,
  tillsonMean,
  triangularMean,
  tripleExponentialMean,
  weightedMean,
]
