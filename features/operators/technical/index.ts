/** Indicators of technical analysis. */
import type { Operator } from '../../operator.ts'
import { averageTrueRange } from './average-true-range.ts'
import { relativeStrength } from './relative-strength.ts'

export const technicalOperators: readonly Operator[] = [averageTrueRange, relativeStrength]
