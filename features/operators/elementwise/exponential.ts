import { elementwise, finite } from './elementwise.ts'

export const exponential = elementwise({
  name: 'Exp',
  arity: 1,
  doc: 'e to the power of the value; NaN where it overflows.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(Math.exp(x![i]!))
  },
})
