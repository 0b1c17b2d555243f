import { lineOperator } from './line-family.ts'

export const variance = lineOperator(
  'Var',
  'Sample variance (n − 1) of the last window values; NaN below two values.',
)
