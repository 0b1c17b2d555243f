import { regressionOperator } from './regression-family.ts'

export const beta = regressionOperator(
  'Beta',
  'Least-squares slope of y on x over the last window rows, in units of y a unit of x; NaN where x does not vary.',
)
