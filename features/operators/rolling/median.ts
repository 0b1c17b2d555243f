import { windowParameter } from '../../operator.ts'
import { rollingQuantile } from './rolling-quantile.ts'

export const median = rollingQuantile(
  'Med',
  'Median of the last window values.',
  [windowParameter],
  () => 0.5,
)
