/** Exponential and expanding operators. */
import type { Operator } from '../../operator.ts'
import { exponentialMean } from './exponential-mean.ts'

export const exponentialOperators: readonly Operator[] = [exponentialMean]
