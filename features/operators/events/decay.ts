import { elementwise, finite } from '../elementwise/elementwise.ts'

export const decay = elementwise({
  name: 'Decay',
  arity: 2,
  inputs: ['value', 'age'],
  params: [{ name: 'halfLife', integer: false, min: 1e-6, default: 5 }],
  doc: 'Value of an event, halved every halfLife days of its age: value · 2^(−age / halfLife); NaN where the age is below 0, an event not yet known.',
  rows([value, age], from, to, out, [halfLife]) {
    for (let i = from; i < to; i++) {
      const days = age![i]!
      out[i] = days >= 0 ? finite(value![i]! * 2 ** (-days / halfLife!)) : NaN
    }
  },
})
