import { shapeOperator } from './shape-family.ts'

export const skewness = shapeOperator(
  'Skew',
  'Bias-corrected skewness of the last window values (G1 of Joanes and Gill 1998, pandas rolling.skew); NaN below three values or where they do not vary.',
)
