import { elementwise } from './elementwise.ts'

export const sign = elementwise({
  name: 'Sign',
  arity: 1,
  doc: 'Sign of the value: −1, 0 or 1.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = Math.sign(x![i]!)
  },
})
