import { alphaOf } from '../averages/exponential-chain.ts'
import { recursiveKernel } from '../stages/indicator.ts'
import { settlingRows } from '../stages/settling.ts'
import { checkFasterThan, windowOf } from '../stages/parameters.ts'

/**
 * Appel (1979), with TA-Lib's start: both means begin at the same row, the fast one with the mean of the newest `fast` of the
 * first `slow` values, and nothing is given before the signal line is.
 */
export const movingAverageConvergence = recursiveKernel({
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
  kernel: 'convergence',
  state: (windows) => [...windows, ...windows.map(alphaOf), 0, 0, 0, 0],
})
