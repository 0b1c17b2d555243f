import { elementwise, finite } from './elementwise.ts'

export const logarithm = elementwise({
  name: 'Log',
  arity: 1,
  doc: 'Natural logarithm; NaN where x ≤ 0.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(Math.log(x![i]!))
  },
})
