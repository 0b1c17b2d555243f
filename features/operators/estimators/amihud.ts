import { finite } from '../elementwise/elementwise.ts'
import { pushSum, sumWindow, type SumWindow } from '../rolling/statistics/sum-window.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import type { Two } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'

interface AmihudState {
  readonly impacts: SumWindow
  readonly traded: SumWindow
}

/** Amihud (2002, equation 1). A bar in which nothing was traded says nothing of the impact of trading: it is not counted. */
export const amihud = windowIndicator<AmihudState>({
  name: 'Amihud',
  doc: 'Illiquidity: mean of |return| / (close × volume) over those of the last window rows in which something was traded, a unit of money (Amihud 2002, who multiplies by 10⁶); NaN where nothing was.',
  inputs: ['close', 'volume'],
  params: [windowOf(20)],
  span: ([window]) => window! + 1,
  state: ([window]) => ({ impacts: sumWindow(window!), traded: sumWindow(window!) }),
  advance({ impacts, traded }, inputs, from, to, [out]) {
    const [close, volume] = inputs as Two
    for (let i = from; i < to; i++) {
      const before = i >= 1 ? close[i - 1]! : NaN
      const money = close[i]! * volume[i]!
      const change = before > 0 ? Math.abs(close[i]! / before - 1) : NaN
      const known = money >= 0 ? change : NaN
      const impact = pushSum(impacts, money > 0 ? known / money : 0 * known)
      const bars = pushSum(traded, money > 0 ? 1 + 0 * known : 0 * known)
      out![i] = finite(impact / bars)
    }
  },
})
