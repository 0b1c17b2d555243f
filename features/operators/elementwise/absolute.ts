import { elementwise } from './elementwise.ts'

export const absolute = elementwise({
  name: 'Abs',
  arity: 1,
  doc: 'Absolute value.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = Math.abs(x![i]!)
  },
})
