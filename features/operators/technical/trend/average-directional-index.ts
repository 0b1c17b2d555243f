/**
 * Wilder (1978), TA-Lib ADX and ADXR: the mean of the first `window` DX, then Wilder's average. The true range cancels in DX. The
 * rating looks window − 1 rows back, not window, as in TA-Lib; rows are those with an ADX.
 */
import type { OperatorParams } from '../../../operator.ts'
import { recursiveKernel } from '../stages/indicator.ts'
import { missing } from '../stages/kernel-states.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'

const ofIndex = {
  inputs: ['high', 'low', 'close'],
  params: [windowOf(14, { min: 2 })],
  reads: 1,
  // Two smoothings in a row.
  settles: ([window]: OperatorParams) => settlingRows(1 / window!, 2),
} as const

/** Rows before the first value: window movements and as many indices, less the row that is both. */
const rowsBefore = (window: number): number => 2 * window - 1

const stateOf = (window: number): readonly number[] => [window, 1 / window, 0, 0, 0, 0, 0]

export const averageDirectionalIndex = recursiveKernel({
  ...ofIndex,
  name: 'ADX',
  doc: 'Average directional index, 0 … 100: strength of the trend, whichever its direction; TA-Lib ADX.',
  before: ([window]) => rowsBefore(window!),
  kernel: 'directionalIndex',
  state: ([window]) => stateOf(window!),
})

export const averageDirectionalRating = recursiveKernel({
  ...ofIndex,
  name: 'ADXR',
  doc: 'Average directional movement rating, 0 … 100: mean of the ADX now and window − 1 rows ago; TA-Lib ADXR.',
  before: ([window]) => rowsBefore(window!) + window! - 1,
  kernel: 'directionalRating',
  state: ([window]) => [...stateOf(window!), 0, ...missing(window! - 1)],
})
