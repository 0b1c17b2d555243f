/** Indicators of technical analysis; docs/reference/indicators.md says how each relates to TA-Lib's. */
import type { Operator } from '../../operator.ts'
import { averages } from './averages/index.ts'
import { bands } from './bands/index.ts'
import { candles } from './candles/index.ts'
import { momentum } from './momentum/index.ts'
import { trend } from './trend/index.ts'
import { volumes } from './volume/index.ts'

export const technicalOperators: readonly Operator[] = [
  ...averages,
  ...bands,
  ...candles,
  ...momentum,
  ...trend,
  ...volumes,
]
