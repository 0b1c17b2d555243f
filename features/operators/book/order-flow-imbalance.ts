/**
 * Order-flow imbalance (Cont, Kukanov and Stoikov 2014, equation 4): what a change of the best quotes adds to the bid less what it
 * adds to the ask. A higher price brings its whole size, a lower one takes the size of before away, the same price brings the
 * difference.
 */
import { finite } from '../elementwise/elementwise.ts'
import { pushSum, sumWindow, type SumWindow } from '../rolling/statistics/sum-window.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import type { Four } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'

export const orderFlowImbalance = windowIndicator<SumWindow>({
  name: 'OrderFlowImbalance',
  doc: 'Sum over the last window rows of what each change of the best quotes added to the bid less what it added to the ask, in units of size (Cont, Kukanov and Stoikov 2014).',
  inputs: ['bid', 'bidSize', 'ask', 'askSize'],
  params: [windowOf(20)],
  span: ([window]) => window! + 1,
  state: ([window]) => sumWindow(window!),
  advance(state, inputs, from, to, [out]) {
    const [bid, bidSize, ask, askSize] = inputs as Four
    for (let i = from; i < to; i++) {
      let flow = NaN
      if (i >= 1) {
        const rise = bid[i]! - bid[i - 1]!
        const fall = ask[i]! - ask[i - 1]!
        const bids = (rise >= 0 ? bidSize[i]! : 0) - (rise <= 0 ? bidSize[i - 1]! : 0)
        const asks = (fall <= 0 ? askSize[i]! : 0) - (fall >= 0 ? askSize[i - 1]! : 0)
        // A missing price or size leaves the change unknown.
        const sizes = bidSize[i]! + bidSize[i - 1]! + askSize[i]! + askSize[i - 1]!
        flow = rise + fall + sizes - (rise + fall + sizes) === 0 ? bids - asks : NaN
      }
      out![i] = finite(pushSum(state, flow))
    }
  },
})
