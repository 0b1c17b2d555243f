import { windowKernel } from '../stages/indicator.ts'
import { blockSums } from '../stages/kernel-states.ts'
import { windowOf } from '../stages/parameters.ts'

/** Quong and Soudack (1989). */
export const moneyFlowIndex = windowKernel({
  name: 'MFI',
  doc: 'Money flow index, 0 … 100: share of the money (typical price × volume) of the last window rows that flowed where the price rose; NaN where none flowed (TA-Lib MFI answers 0 below 1 unit of money).',
  inputs: ['high', 'low', 'close', 'volume'],
  params: [windowOf(14, { min: 2 })],
  span: ([window]) => window! + 1,
  kernel: 'moneyFlow',
  state: ([window]) => [window!, 0, NaN, ...blockSums(window!, 2)],
})
