import { elementwise, finite } from './elementwise.ts'

export const squareRoot = elementwise({
  name: 'Sqrt',
  arity: 1,
  doc: 'Square root; NaN where x < 0.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(Math.sqrt(x![i]!))
  },
})
