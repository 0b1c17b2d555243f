/**
 * Variance ratio of Lo and MacKinlay (1988, equations 12 to 14): the variance of overlapping changes over `lag` rows against `lag`
 * times that of changes over one, both unbiased, over the last `window` changes about their mean drift.
 */
import { check } from '../../../../core/checks.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'
import { momentWindow, pushMoment, varies, type MomentWindow } from '../statistics/moment-window.ts'

interface VarianceRatioState {
  readonly lag: number
  readonly window: number
  readonly short: MomentWindow
  readonly long: MomentWindow
}

export const varianceRatio = windowIndicator<VarianceRatioState>({
  name: 'VarianceRatio',
  doc: 'Unbiased variance ratio of the last window changes of x (give a log price) at lag rows (Lo and MacKinlay 1988): 1 for a random walk, above it for trends, below for reversal; NaN where changes do not vary.',
  inputs: ['x'],
  params: [{ name: 'lag', integer: true, min: 2, default: 5 }, windowOf(60, { min: 3 })],
  check([lag, window]) {
    check(lag! < window!, 'lag of VarianceRatio', `below window (${window!})`, lag)
  },
  span: ([, window]) => window! + 1,
  state: ([lag, window]) => ({
    lag: lag!,
    window: window!,
    short: momentWindow(window!, 2),
    long: momentWindow(window! - lag! + 1, 2),
  }),
  advance({ lag, window, short, long }, inputs, from, to, [out]) {
    const [x] = inputs as One
    const overlapping = window - lag + 1
    const scale = lag * overlapping * (1 - lag / window)
    for (let i = from; i < to; i++) {
      const value = x[i]!
      pushMoment(short, i >= 1 ? value - x[i - 1]! : NaN)
      pushMoment(long, i >= lag ? value - x[i - lag]! : NaN)
      const { mean, squares } = short
      out![i] = NaN
      if (short.count < window || long.count < overlapping) continue
      if (!varies(squares, window, mean)) continue
      const apart = long.mean - lag * mean
      const spread = long.squares + overlapping * apart * apart
      out![i] = finite(spread / scale / (squares / (window - 1)))
    }
  },
})
