import { elementwise, finite } from './elementwise.ts'

export const power = elementwise({
  name: 'Power',
  arity: 2,
  doc: 'First column to the power of the second; NaN where that is not a finite real number.',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = finite(x![i]! ** y![i]!)
  },
})
