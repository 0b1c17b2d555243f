import { rollingVariance } from './rolling-variance.ts'

export const variance = rollingVariance(
  'Var',
  'Sample variance (n − 1) of the last window values; NaN below two values.',
  false,
)
