import { coMoment } from './co-moment.ts'

export const covariance = coMoment(
  'Cov',
  'Sample covariance (n − 1) of two columns over the last window rows.',
  { correlate: false },
)
