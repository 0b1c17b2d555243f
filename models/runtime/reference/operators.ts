/** The table of operators in float64: the truth that other runtimes are held to, and what constants are folded with. */
import type { Tensor } from '../../graph/tensor.ts'
import type { Operator } from '../graph/operator.ts'
import { elementwise } from './elementwise.ts'
import { products } from './products.ts'
import { reductions } from './reductions.ts'
import { shapes } from './shapes.ts'

export const referenceOperators: Readonly<Record<string, Operator<Tensor>>> = {
  ...elementwise,
  ...products,
  ...reductions,
  ...shapes,
}
