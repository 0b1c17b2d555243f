import { lineOperator } from './line-family.ts'

export const slope = lineOperator(
  'Slope',
  'Least-squares slope of the last window values against 0, 1, 2 …, in units a bar; NaN below two values.',
)
