import { shapeOperator } from './shape-family.ts'

export const kurtosis = shapeOperator(
  'Kurt',
  'Bias-corrected excess kurtosis of the last window values, 0 for a normal distribution (G2 of Joanes and Gill 1998, pandas rolling.kurt); NaN below four values or where they do not vary.',
)
