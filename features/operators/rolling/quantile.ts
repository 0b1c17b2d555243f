import { windowParameter } from '../../operator.ts'
import { orderOperator } from './order-family.ts'

export const quantile = orderOperator({
  name: 'Quantile',
  doc: 'Quantile of the last window values, linear between the nearest ranks.',
  params: [windowParameter, { name: 'level', integer: false, min: 0, max: 1, default: 0.5 }],
  level: ([, level]) => level!,
})
