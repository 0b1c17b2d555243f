import type { One, Three } from '../stages/inputs.ts'
import { alphaOf } from '../averages/exponential-chain.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { settlingRows } from '../stages/settling.ts'
import { checkFasterThan, windowOf } from '../stages/parameters.ts'
import { zero } from '../stages/zero.ts'

interface ConvergenceState {
  readonly fastWindow: number
  readonly slowWindow: number
  readonly signalWindow: number
  seen: number
  fast: number
  slow: number
  signal: number
}

/**
 * Appel (1979), with TA-Lib's start: both means begin at the same row, the fast one with the mean of the newest `fast` of the
 * first `slow` values, and nothing is given before the signal line is.
 */
export const movingAverageConvergence = recursiveIndicator<ConvergenceState>({
  name: 'MACD',
  doc: 'Moving average convergence divergence: .macd = EMA(fast) − EMA(slow), .signal its EMA, .histogram their difference, in units of x; TA-Lib MACD.',
  inputs: ['x'],
  outputs: ['macd', 'signal', 'histogram'],
  params: [
    windowOf(12, { name: 'fast' }),
    windowOf(26, { name: 'slow' }),
    windowOf(9, { name: 'signal' }),
  ],
  check: (params) => {
    checkFasterThan('MACD', params)
  },
  reads: 0,
  before: ([, slow, signal]) => slow! + signal! - 2,
  settles: ([, slow, signal]) => settlingRows(Math.min(alphaOf(slow!), alphaOf(signal!)), 2),
  state: ([fastWindow, slowWindow, signalWindow]) => ({
    fastWindow: fastWindow!,
    slowWindow: slowWindow!,
    signalWindow: signalWindow!,
    ...{ seen: 0, fast: zero, slow: zero, signal: zero },
  }),
  advance(state, inputs, from, to, outs) {
    const [x] = inputs as One
    const [macd, signal, histogram] = outs as Three
    const enough = state.slowWindow + state.signalWindow - 1
    let i = from
    for (; i < to && state.seen < enough; i++) {
      const ready = seed(state, x[i]!)
      macd[i] = ready ? state.fast - state.slow : NaN
      signal[i] = ready ? state.signal : NaN
      histogram[i] = macd[i]! - signal[i]!
    }
    if (i < to) convergeRows(state, x, i, to, macd, signal, histogram)
  },
})

/** Rows [from, to) of means that have all begun. */
function convergeRows(
  state: ConvergenceState,
  x: Float64Array,
  from: number,
  to: number,
  macdOut: Float64Array,
  signalOut: Float64Array,
  histogramOut: Float64Array,
): void {
  const fastWeight = alphaOf(state.fastWindow)
  const slowWeight = alphaOf(state.slowWindow)
  const signalWeight = alphaOf(state.signalWindow)
  let { fast, slow, signal } = state
  for (let i = from; i < to; i++) {
    const value = x[i]!
    if (value - value !== 0) {
      macdOut[i] = NaN
      signalOut[i] = NaN
      histogramOut[i] = NaN
      continue
    }
    fast += fastWeight * (value - fast)
    slow += slowWeight * (value - slow)
    const macd = fast - slow
    signal += signalWeight * (macd - signal)
    macdOut[i] = finite(macd)
    signalOut[i] = finite(signal)
    histogramOut[i] = finite(macd - signal)
  }
  state.fast = fast
  state.slow = slow
  state.signal = signal
}

/** Takes one of the first values; answers whether the signal line has its first. */
function seed(state: ConvergenceState, value: number): boolean {
  if (value - value !== 0) return false
  const { fastWindow, slowWindow, signalWindow } = state
  state.seen++
  if (state.seen <= slowWindow) {
    state.slow += value / slowWindow
    if (state.seen > slowWindow - fastWindow) state.fast += value / fastWindow
    if (state.seen < slowWindow) return false
  } else {
    state.fast += alphaOf(fastWindow) * (value - state.fast)
    state.slow += alphaOf(slowWindow) * (value - state.slow)
  }
  state.signal += (state.fast - state.slow) / signalWindow
  return state.seen === slowWindow + signalWindow - 1
}
