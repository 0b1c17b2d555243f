import type { Four } from '../stages/inputs.ts'
import { typicalPrice } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'

interface MoneyFlowState {
  readonly up: SlidingSum
  readonly down: SlidingSum
  previous: number
}

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
    for (let i = from; i < to; i++) {
      const price = typicalPrice(high[i]!, low[i]!, close[i]!)
      const flow = price * volume[i]!
      const change = price - previous
      const whole = change + flow
      out![i] = NaN
      if (whole - whole !== 0) {
        // The first row of a run has no change; only its price counts.
        if (flow - flow !== 0) previous = NaN
        else previous = price
        restartSum(up)
        restartSum(down)
        continue
      }
      previous = price
      const risen = slideSum(up, change > 0 ? flow : 0)
      const total = risen + slideSum(down, change < 0 ? flow : 0)
      if (total > 0) out![i] = finite((100 * risen) / total)
    }
    state.previous = previous
  },
})
