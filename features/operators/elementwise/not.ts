import { elementwise } from './elementwise.ts'

export const not = elementwise({
  name: 'Not',
  arity: 1,
  inputs: ['condition'],
  doc: '1 where the condition is 0, else 0; NaN where it is missing.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = x![i] !== x![i] ? NaN : x![i] === 0 ? 1 : 0
  },
})
