import { elementwise } from './elementwise.ts'

export const less = elementwise({
  name: 'Less',
  arity: 2,
  doc: 'The smaller of two columns; NaN where either is missing.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++)
      out[i] = x![i]! < y![i]! ? x![i]! : x![i]! >= y![i]! ? y![i]! : NaN
  },
})
