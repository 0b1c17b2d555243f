/** Operators across the symbols of a moment. */
import type { Operator } from '../../operator.ts'
import { crossBucket } from './cross-bucket.ts'
import { crossDemean } from './cross-demean.ts'
import { crossRank } from './cross-rank.ts'
import { crossResidual } from './cross-residual.ts'
import { crossScale } from './cross-scale.ts'
import { crossWinsor } from './cross-winsor.ts'
import { crossZScore } from './cross-z-score.ts'
import { groupDemean } from './group-demean.ts'
import { groupRank } from './group-rank.ts'
import { groupZScore } from './group-z-score.ts'

export const crossOperators: readonly Operator[] = [
  crossBucket,
  crossDemean,
  crossRank,
  crossResidual,
  crossScale,
  crossWinsor,
  crossZScore,
  groupDemean,
  groupRank,
  groupZScore,
]
