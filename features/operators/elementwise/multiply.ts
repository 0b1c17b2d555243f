import { elementwise, finite } from './elementwise.ts'

export const multiply = elementwise({
  name: 'Mul',
  arity: 2,
  doc: 'Product of two columns.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(x![i]! * y![i]!)
  },
})
