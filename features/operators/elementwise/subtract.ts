import { elementwise, finite } from './elementwise.ts'

export const subtract = elementwise({
  name: 'Sub',
  arity: 2,
  doc: 'First column less the second.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(x![i]! - y![i]!)
  },
})
