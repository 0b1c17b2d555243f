import { elementwise, finite } from './elementwise.ts'

export const divide = elementwise({
  name: 'Div',
  arity: 2,
  doc: 'First column over the second; NaN where that is 0.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(x![i]! / y![i]!)
  },
})
