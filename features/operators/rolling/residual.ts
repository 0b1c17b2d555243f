import { regression } from './regression.ts'

export const residual = regression(
  'Resi',
  'The newest value less the least-squares line through the last window values; NaN where it is missing.',
  'residual',
)
