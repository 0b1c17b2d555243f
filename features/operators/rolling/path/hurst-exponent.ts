/**
 * Hurst exponent from how the size of a change grows with its lag: E (x_t − x_{t−l})² ∝ l^{2H}, the generalised exponent of
 * order 2 (Di Matteo, Aste and Dacorogna 2005). H is half the least-squares slope of the logarithm of the mean squared change of
 * the last `window` rows against ln l, at the lags 1, 2, 4 … maxLag. It is chosen over the rescaled range (Hurst 1951), whose bias
 * over windows of a hundred rows is as large as what one looks for. Changes are not centred: a steady drift counts as persistence.
 */
import { check } from '../../../../core/checks.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'
import { pushSum, sumWindow, type SumWindow } from '../statistics/sum-window.ts'

interface HurstState {
  readonly maxLag: number
  /** Of the squared changes over lag 2^k. */
  readonly sums: readonly SumWindow[]
  /** Values in a row, at most maxLag + 1. */
  run: number
}

export const hurstExponent = windowIndicator<HurstState>({
  name: 'Hurst',
  doc: 'Hurst exponent of a path (give a log price): half the slope of ln mean squared change of the last window rows on ln lag, at lags 1, 2, 4 … maxLag; 0.5 for a random walk, above it for trends, below for reversal (Di Matteo et al. 2005, order 2); NaN where x does not move.',
  inputs: ['x'],
  params: [windowOf(100, { min: 4 }), { name: 'maxLag', integer: true, min: 2, default: 16 }],
  check([window, maxLag]) {
    check(maxLag! <= window!, 'maxLag of Hurst', `at most window (${window!})`, maxLag)
  },
  span: ([window, maxLag]) => window! + maxLag!,
  state: ([window, maxLag]) => ({
    maxLag: maxLag!,
    sums: Array.from({ length: Math.floor(Math.log2(maxLag!)) + 1 }, () => sumWindow(window!)),
    run: 0,
  }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    for (let i = from; i < to; i++) out![i] = take(state, x, i)
  },
})

function take(state: HurstState, x: Float64Array, i: number): number {
  const { maxLag, sums } = state
  const value = x[i]!
  if (value - value !== 0) {
    state.run = 0
    for (const sum of sums) pushSum(sum, NaN)
    return NaN
  }
  if (state.run < maxLag) {
    state.run++
    return NaN
  }
  // The logarithms of the lags stand at 0, 1, 2 … times ln 2.
  const middle = (sums.length - 1) / 2
  let cross = 0
  let spread = 0
  for (let k = 0; k < sums.length; k++) {
    const change = value - x[i - (1 << k)]!
    const total = pushSum(sums[k]!, change * change)
    cross += (k - middle) * Math.log(total)
    spread += (k - middle) * (k - middle)
  }
  return finite(cross / (2 * spread * Math.LN2))
}
