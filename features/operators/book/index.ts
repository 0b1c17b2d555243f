/** Operators on the best quotes of an order book, for sources that bring one. */
import type { Operator } from '../../operator.ts'
import { bookImbalance } from './book-imbalance.ts'
import { microPrice } from './micro-price.ts'
import { orderFlowImbalance } from './order-flow-imbalance.ts'
import { quotedSpread } from './quoted-spread.ts'

export const bookOperators: readonly Operator[] = [
  bookImbalance,
  microPrice,
  orderFlowImbalance,
  quotedSpread,
]
