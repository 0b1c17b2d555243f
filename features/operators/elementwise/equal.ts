import { elementwise } from './elementwise.ts'

export const equal = elementwise({
  name: 'Eq',
  arity: 2,
  missing: 'skip',
  doc: '1 where x = y, else 0; a comparison with a missing value is false (as in qlib).',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) {
      const value = x![i]!
      out[i] = value === y![i] ? 1 : 0
    }
  },
})
