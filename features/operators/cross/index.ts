/** Operators across the symbols of a moment. */
import type { Operator } from '../../operator.ts'
import { crossRank } from './cross-rank.ts'
import { crossZScore } from './cross-z-score.ts'
import { groupDemean } from './group-demean.ts'

export const crossOperators: readonly Operator[] = [crossRank, crossZScore, groupDemean]
