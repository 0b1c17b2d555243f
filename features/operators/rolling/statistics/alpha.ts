import { regressionOperator } from './regression-family.ts'

export const alpha = regressionOperator(
  'Alpha',
  'Intercept of the least-squares line of y on x over the last window rows, in units of y; NaN where x does not vary.',
)
