import { rollingVariance } from './rolling-variance.ts'

export const standardDeviation = rollingVariance(
  'Std',
  'Sample standard deviation (n − 1) of the last window values; NaN below two values.',
  true,
)
