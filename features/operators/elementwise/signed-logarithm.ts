import { elementwise } from './elementwise.ts'

export const signedLogarithm = elementwise({
  name: 'SignedLog',
  arity: 1,
  doc: 'sign(x) · ln(1 + |x|): a logarithm that takes any sign.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = Math.sign(x![i]!) * Math.log1p(Math.abs(x![i]!))
  },
})
