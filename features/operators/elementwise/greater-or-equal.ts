import { elementwise } from './elementwise.ts'

export const greaterOrEqual = elementwise({
  name: 'Ge',
  arity: 2,
  missing: 'skip',
  doc: '1 where x ≥ y, else 0; a comparison with a missing value is false (as in qlib).',
  rows([x, y], from, to, out) {
    for (let i = from; i < to; i++) out[i] = x![i]! >= y![i]! ? 1 : 0
  },
})
