import { regressionOperator } from './regression-family.ts'

export const regressionResidual = regressionOperator(
  'RegResi',
  'Newest y less the least-squares line of y on x over the last window rows, in units of y; NaN where x does not vary.',
)
