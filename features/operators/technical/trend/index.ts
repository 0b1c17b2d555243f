/** Trend: its direction, its strength, and lines that follow it. */
import type { Operator } from '../../../operator.ts'
import { aroon, aroonOscillator } from './aroon.ts'
import { averageDirectionalIndex, averageDirectionalRating } from './average-directional-index.ts'
import {
  directionalIndex,
  minusIndex,
  minusMovement,
  plusIndex,
  plusMovement,
} from './directional-movement.ts'
import { ichimoku } from './ichimoku.ts'
import { parabolicStop } from './parabolic-stop.ts'
import { superTrend } from './super-trend.ts'

export const trend: readonly Operator[] = [
  aroon,
  aroonOscillator,
  averageDirectionalIndex,
  averageDirectionalRating,
  directionalIndex,
  ichimoku,
  minusIndex,
  minusMovement,
  parabolicStop,
  plusIndex,
  plusMovement,
  superTrend,
]
