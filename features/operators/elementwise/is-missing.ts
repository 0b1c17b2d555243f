import { elementwise } from './elementwise.ts'

export const isMissing = elementwise({
  name: 'IsMissing',
  arity: 1,
  missing: 'skip',
  doc: '1 where the value is missing, else 0.',
  rows([x], from, to, out) {
    for (let i = from; i < to; i++) out[i] = x![i] !== x![i] ? 1 : 0
  },
})
