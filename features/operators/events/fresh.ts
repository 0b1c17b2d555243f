import { elementwise } from '../elementwise/elementwise.ts'

export const fresh = elementwise({
  name: 'Fresh',
  arity: 2,
  inputs: ['value', 'age'],
  params: [{ name: 'maxAge', integer: false, min: 0, default: 30 }],
  doc: 'Value of an event up to an age of maxAge days; NaN where it is older, or not yet known (an age below 0).',
  rows([value, age], from, to, out, [maxAge]) {
    for (let i = from; i < to; i++) {
      const days = age![i]!
      out[i] = days >= 0 && days <= maxAge! ? value![i]! : NaN
    }
  },
})
