/**
 * The state of the market as one of seven codes, from a bar's own past alone.
 *
 * Two measures over the last `window` bars, r the log returns:
 *   trend       Σ r / (s √window), s their sample standard deviation: the drift in standard errors, about normal for a random walk
 *   volatility  √(mean of ln(true high / true low)² / (4 ln 2)): Parkinson (1980) on true ranges (Wilder 1978), so that gaps count,
 *               over the median of its own values before the bar
 * and the lag-one autocorrelation of r. The first rule that holds gives the code:
 *   1 strong up-trend       trend ≥ 1.96, a one-sided test at 2.5 %
 *   3 strong down-trend     trend ≤ −1.96
 *   6 high volatility       volatility above the 0.9 quantile of its values before the bar
 *   2 weak up-trend         trend ≥ 1.282, a one-sided test at 10 %
 *   4 weak down-trend       trend ≤ −1.282
 *   5 mean-reverting        autocorrelation ≤ −1.645 / √window, a one-sided test at 5 % (Bartlett 1946)
 *   7 quiet                 none of these
 * Where returns do not vary there is no drift in standard errors, and no code. Nothing is fitted: quantiles are P² estimates
 * (`quantile-estimate.ts`) of the values of earlier rows, taken before the row's own is added, and need `history` of them.
 */
import { finite } from '../elementwise/elementwise.ts'
import {
  addToQuantile,
  quantileEstimate,
  quantileSoFar,
  type QuantileEstimate,
} from '../exponential/quantile-estimate.ts'
import { logarithmOfRatio } from '../estimators/logarithm-of-ratio.ts'
import {
  momentWindow,
  pushMoment,
  varies,
  type MomentWindow,
} from '../rolling/statistics/moment-window.ts'
import {
  correlationOf,
  pairWindow,
  pushPair,
  type PairWindow,
} from '../rolling/statistics/pair-window.ts'
import { pushSum, sumWindow, type SumWindow } from '../rolling/statistics/sum-window.ts'
import { expandingIndicator } from '../technical/stages/indicator.ts'
import type { Three } from '../technical/stages/inputs.ts'
import { windowOf } from '../technical/stages/parameters.ts'

export const regimeNames = [
  'strong up-trend',
  'weak up-trend',
  'strong down-trend',
  'weak down-trend',
  'mean-reverting',
  'high volatility',
  'quiet',
] as const

// Not 1, which is what a single change in an otherwise still window gives, whatever its size.
const weakTrend = 1.282
const strongTrend = 1.96
const reversal = 1.645
const highVolatility = 0.9

interface RegimeState {
  readonly window: number
  readonly history: number
  readonly returns: MomentWindow
  readonly pairs: PairWindow
  readonly ranges: SumWindow
  readonly high: QuantileEstimate
  readonly median: QuantileEstimate
  /** Close before, and the return before; NaN after a gap. */
  lastClose: number
  lastReturn: number
}

export const regime = expandingIndicator<RegimeState>({
  name: 'Regime',
  doc: 'State of the market: .code is 1 strong and 2 weak up-trend, 3 strong and 4 weak down-trend, 5 mean-reverting, 6 high volatility, 7 quiet; .trend is the drift of the last window bars in standard errors; .volatility is that of their ranges over the median of its past. High volatility is above the 0.9 quantile of the past; history values of it are waited for.',
  inputs: ['high', 'low', 'close'],
  outputs: ['code', 'trend', 'volatility'],
  params: [windowOf(20, { min: 4 }), { name: 'history', integer: true, min: 5, default: 100 }],
  reads: 0,
  // A return needs a row before, a pair of returns two; the first code has `history` values behind it.
  before: ([window, history]) => window! + 1 + history!,
  state: ([window, history]) => ({
    window: window!,
    history: history!,
    returns: momentWindow(window!, 2),
    pairs: pairWindow(window!),
    ranges: sumWindow(window!),
    high: quantileEstimate(highVolatility),
    median: quantileEstimate(0.5),
    lastClose: NaN,
    lastReturn: NaN,
  }),
  advance(state, inputs, from, to, [code, trend, volatility]) {
    const [high, low, close] = inputs as Three
    const { window, history, returns, pairs, ranges } = state
    for (let i = from; i < to; i++) {
      code![i] = trend![i] = volatility![i] = NaN
      const top = high[i]!
      const bottom = low[i]!
      const last = close[i]!
      const whole = top + bottom + last
      // A bar with a price missing is passed over; the next return is from the close before it.
      if (whole - whole !== 0 || !(bottom > 0 && last > 0)) continue
      const before = state.lastClose
      state.lastClose = last
      if (before !== before) continue
      const change = logarithmOfRatio(last, before)
      const range = logarithmOfRatio(Math.max(top, before), Math.min(bottom, before))
      pushMoment(returns, change)
      const ranged = Math.sqrt(pushSum(ranges, range * range) / (4 * Math.LN2 * window))
      if (state.lastReturn === state.lastReturn) pushPair(pairs, state.lastReturn, change)
      state.lastReturn = change
      // A range that overflows would stay in the markers of the quantiles.
      if (pairs.count < window || ranged - ranged !== 0) continue
      const { mean, squares } = returns
      const error = Math.sqrt(squares / (window - 1) / window)
      const drift = varies(squares, window, mean) ? mean / error : NaN
      if (state.high.count >= history && drift === drift) {
        trend![i] = finite(drift)
        volatility![i] = finite(ranged / quantileSoFar(state.median))
        code![i] = codeOf(drift, ranged > quantileSoFar(state.high), correlationOf(pairs), window)
      }
      addToQuantile(state.high, ranged)
      addToQuantile(state.median, ranged)
    }
  },
})

function codeOf(drift: number, isVolatile: boolean, correlation: number, window: number): number {
  if (drift >= strongTrend) return 1
  if (drift <= -strongTrend) return 3
  if (isVolatile) return 6
  if (drift >= weakTrend) return 2
  if (drift <= -weakTrend) return 4
  return correlation <= -reversal / Math.sqrt(window) ? 5 : 7
}
