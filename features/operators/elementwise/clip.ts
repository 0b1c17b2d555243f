import { check } from '../../../core/checks.ts'
import { elementwise } from './elementwise.ts'

export const clip = elementwise({
  name: 'Clip',
  arity: 1,
  params: [
    { name: 'lower', integer: false, min: -Number.MAX_VALUE, default: -1 },
    { name: 'upper', integer: false, min: -Number.MAX_VALUE, default: 1 },
  ],
  doc: 'The value held within lower … upper.',
  check([lower, upper]) {
    check(lower! < upper!, 'lower of Clip', `less than upper (${upper!})`, lower)
  },
  rows([x], from, to, out, [lower, upper]) {
    for (let i = from; i < to; i++) {
      const value = x![i]!
      out[i] = value < lower! ? lower! : value > upper! ? upper! : value
    }
  },
})
