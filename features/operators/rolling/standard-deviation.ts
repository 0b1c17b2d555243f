import { lineOperator } from './line-family.ts'

export const standardDeviation = lineOperator(
  'Std',
  'Sample standard deviation (n − 1) of the last window values; NaN below two values.',
)
