import { windowParameter } from '../../operator.ts'
import { orderOperator, rankOfNewest } from './order-family.ts'

export const rank = orderOperator({
  name: 'Rank',
  doc: 'Average rank of the newest value among the last window values, as a fraction in (0, 1]; NaN where it is missing.',
  params: [windowParameter],
  level: rankOfNewest,
})
