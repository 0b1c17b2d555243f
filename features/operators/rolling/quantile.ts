import { windowParameter } from '../../operator.ts'
import { rollingQuantile } from './rolling-quantile.ts'

export const quantile = rollingQuantile(
  'Quantile',
  'Quantile of the last window values, linear between the nearest ranks.',
  [windowParameter, { name: 'level', integer: false, min: 0, max: 1, default: 0.5 }],
  ([, level]) => level!,
)
