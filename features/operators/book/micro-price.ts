import { elementwise, finite } from '../elementwise/elementwise.ts'

export const microPrice = elementwise({
  name: 'MicroPrice',
  arity: 4,
  inputs: ['bid', 'bidSize', 'ask', 'askSize'],
  doc: 'Mean of bid and ask, each weighted with the size on the other side, in price units: near the ask where the bid is the larger; NaN without size or where the bid is above the ask (Gatheral and Oomen 2010).',
  rows([bid, bidSize, ask, askSize], from, to, out) {
    for (let i = from; i < to; i++) {
      const bids = bidSize![i]!
      const asks = askSize![i]!
      const low = bid![i]!
      const width = ask![i]! - low
      const known = bids >= 0 && asks >= 0 && width >= 0
      out[i] = known ? finite(low + width * (bids / (bids + asks))) : NaN
    }
  },
})
