import { elementwise, finite } from '../elementwise/elementwise.ts'

export const quotedSpread = elementwise({
  name: 'QuotedSpread',
  arity: 2,
  inputs: ['bid', 'ask'],
  doc: 'Ask less bid over their mean; NaN where the bid is above the ask or not above 0.',
  rows([bid, ask], from, to, out) {
    for (let i = from; i < to; i++) {
      const low = bid![i]!
      const width = ask![i]! - low
      out[i] = low > 0 && width >= 0 ? finite(width / (low + width / 2)) : NaN
    }
  },
})
