import { elementwise, finite } from '../elementwise/elementwise.ts'

export const bookImbalance = elementwise({
  name: 'BookImbalance',
  arity: 2,
  inputs: ['bidSize', 'askSize'],
  doc: 'Size on the bid less that on the ask, over both: −1 … 1 (Cartea, Jaimungal and Penalva 2015, section 12); NaN where there is none or one is below 0. Over several levels give the sum of their sizes: BookImbalance(Add($bidSize1, $bidSize2), Add($askSize1, $askSize2)).',
  rows([bidSize, askSize], from, to, out) {
    for (let i = from; i < to; i++) {
      const bids = bidSize![i]!
      const asks = askSize![i]!
      out[i] = bids >= 0 && asks >= 0 ? finite((bids - asks) / (bids + asks)) : NaN
    }
  },
})
