import { lineOperator } from './line-family.ts'

export const residual = lineOperator(
  'Resi',
  'The newest value less the least-squares line through the last window values; NaN where it is missing.',
)
