import { coMoment } from './co-moment.ts'

export const correlation = coMoment(
  'Corr',
  'Pearson correlation of two columns over the last window rows; NaN where either does not vary.',
  { correlate: true },
)
