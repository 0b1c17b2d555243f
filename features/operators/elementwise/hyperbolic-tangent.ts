import { elementwise } from './elementwise.ts'

export const hyperbolicTangent = elementwise({
  name: 'Tanh',
  arity: 1,
  doc: 'Hyperbolic tangent, in −1 … 1: a soft clip.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = Math.tanh(x![i]!)
  },
})
