/**
 * Yang and Zhang (2000): the sample variance of the gaps between bars, of the moves within them, and the Rogers-Satchell mean,
 * weighted 1, k and 1 − k with their k = 0.34 / (1.34 + (n + 1) / (n − 1)), the n that makes the variance of the whole least.
 */
import { finite } from '../elementwise/elementwise.ts'
import { momentWindow, pushMoment, type MomentWindow } from '../rolling/statistics/moment-window.ts'
import { pushSum, sumWindow, type SumWindow } from '../rolling/statistics/sum-window.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import type { Four } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'
import { logarithmOfRatio } from './logarithm-of-ratio.ts'
import { rogersSatchellTerm } from './rogers-satchell.ts'

interface YangZhangState {
  readonly window: number
  readonly gaps: MomentWindow
  readonly moves: MomentWindow
  readonly within: SumWindow
}

export const yangZhang = windowIndicator<YangZhangState>({
  name: 'YangZhang',
  doc: 'Volatility of one bar and the gap before it, whatever the drift, over the last window rows: variance of gaps + k variance of moves + (1 − k) Rogers-Satchell (Yang and Zhang 2000).',
  inputs: ['open', 'high', 'low', 'close'],
  params: [windowOf(20, { min: 2 })],
  span: ([window]) => window! + 1,
  state: ([window]) => ({
    window: window!,
    gaps: momentWindow(window!, 2),
    moves: momentWindow(window!, 2),
    within: sumWindow(window!),
  }),
  advance({ window, gaps, moves, within }, inputs, from, to, [out]) {
    const [open, high, low, close] = inputs as Four
    const share = 0.34 / (1.34 + (window + 1) / (window - 1))
    for (let i = from; i < to; i++) {
      pushMoment(gaps, i >= 1 ? logarithmOfRatio(open[i]!, close[i - 1]!) : NaN)
      pushMoment(moves, logarithmOfRatio(close[i]!, open[i]!))
      const range = pushSum(within, rogersSatchellTerm(open[i]!, high[i]!, low[i]!, close[i]!))
      const whole = gaps.count === window && moves.count === window
      const spread = gaps.squares + share * moves.squares
      const variance = spread / (window - 1) + ((1 - share) * range) / window
      out![i] = whole ? finite(Math.sqrt(variance)) : NaN
    }
  },
})
