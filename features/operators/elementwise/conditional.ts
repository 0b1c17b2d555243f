import { elementwise } from './elementwise.ts'

export const conditional = elementwise({
  name: 'If',
  arity: 3,
  inputs: ['condition', 'x', 'y'],
  missing: 'skip',
  doc: 'x where the condition is other than 0, y where it is 0; NaN where the condition or the value chosen is missing.',
  rows([condition, x, y], from, to, out) {
    for (let i = from; i < to; i++) {
      const test = condition![i]!
      out[i] = test === 0 ? y![i]! : test === test ? x![i]! : NaN
    }
  },
})
