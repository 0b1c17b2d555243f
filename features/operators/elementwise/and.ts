import { elementwise } from './elementwise.ts'

export const and = elementwise({
  name: 'And',
  arity: 2,
  inputs: ['condition', 'condition'],
  doc: '1 where both conditions are other than 0, else 0; NaN where either is missing.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) {
      const product = x![i]! * y![i]!
      out[i] = product !== product ? NaN : x![i] !== 0 && y![i] !== 0 ? 1 : 0
    }
  },
})
