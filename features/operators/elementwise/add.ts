import { elementwise, finite } from './elementwise.ts'

export const add = elementwise({
  name: 'Add',
  arity: 2,
  doc: 'Sum of two columns.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(x![i]! + y![i]!)
  },
})
