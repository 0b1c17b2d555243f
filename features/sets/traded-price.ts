/** The volume-weighted price of a bar, (high + low + close) / 3 where the source brings none. */
import { apply, column } from '../expression/expression.ts'
import { over, plus } from './arithmetic.ts'

export const tradedPrice = apply(
  'If',
  apply('IsMissing', column('vwap')),
  over(plus(plus(column('high'), column('low')), column('close')), 3),
  column('vwap'),
)
