/** How a series moved over its last rows: memory, reversal, falls, runs and crossings. */
import type { Operator } from '../../../operator.ts'
import { barsSince } from './bars-since.ts'
import { crossOver } from './cross-over.ts'
import { crossUnder } from './cross-under.ts'
import { drawdown } from './drawdown.ts'
import { fractionalDifference } from './fractional-difference.ts'
import { halfLife } from './half-life.ts'
import { hurstExponent } from './hurst-exponent.ts'
import { maximumDrawdown } from './maximum-drawdown.ts'
import { product } from './product.ts'
import { streak } from './streak.ts'
import { varianceRatio } from './variance-ratio.ts'

export const paths: readonly Operator[] = [
  barsSince,
  crossOver,
  crossUnder,
  drawdown,
  fractionalDifference,
  halfLife,
  hurstExponent,
  maximumDrawdown,
  product,
  streak,
  varianceRatio,
]
