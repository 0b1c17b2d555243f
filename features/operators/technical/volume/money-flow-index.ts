import { blockRows, scratch } from '../stages/blocks.ts'
import type { Four } from '../stages/inputs.ts'
import { typicalPrice } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { slideSums, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface MoneyFlowState {
  readonly up: SlidingSum
  readonly down: SlidingSum
  previous: number
}

const risen = scratch()
const fallen = scratch()

/** Quong and Soudack (1989). */
export const moneyFlowIndex = windowIndicator<MoneyFlowState>({
  name: 'MFI',
  doc: 'Money flow index, 0 … 100: share of the money (typical price × volume) of the last window rows that flowed where the price rose; NaN where none flowed (TA-Lib MFI answers 0 below 1 unit of money).',
  inputs: ['high', 'low', 'close', 'volume'],
  params: [windowOf(14, { min: 2 })],
  span: ([window]) => window! + 1,
  state: ([window]) => ({ up: slidingSum(window!), down: slidingSum(window!), previous: NaN }),
  advance(state, inputs, from, to, [out]) {
    const [high, low, close, volume] = inputs as Four
    const { up, down } = state
    let { previous } = state
    for (let start = from; start < to; start += blockRows) {
      const count = Math.min(blockRows, to - start)
      for (let j = 0; j < count; j++) {
        const i = start + j
        const price = typicalPrice(high[i]!, low[i]!, close[i]!)
        // The first row of a run has no change; only its price counts. A row without volume breaks the run.
        const flow = finite(price * volume[i]!)
        const change = price - previous
        previous = price + (flow - flow)
        // Not branches: the side is a coin toss, which would be mispredicted every other time.
        const known = flow + (change - change)
        risen[j] = Number(change > 0) * known
        fallen[j] = Number(change < 0) * known
      }
      slideSums(up, risen, count)
      slideSums(down, fallen, count)
      for (let j = 0; j < count; j++)
        out![start + j] = finite((100 * risen[j]!) / (risen[j]! + fallen[j]!))
    }
    state.previous = previous
  },
})
