import { windowParameter } from '../../operator.ts'
import { orderOperator } from './order-family.ts'

export const median = orderOperator({
  name: 'Med',
  doc: 'Median of the last window values.',
  params: [windowParameter],
  level: () => 0.5,
})
