import { windowKernel } from '../stages/indicator.ts'
import { blockSums } from '../stages/kernel-states.ts'
import { windowOf } from '../stages/parameters.ts'

/** Lambert (1980). */
export const commodityChannel = windowKernel({
  name: 'CCI',
  doc: 'Commodity channel index: typical price less its mean over window rows, in units of 0.015 mean absolute deviations; NaN where nothing moved; TA-Lib CCI.',
  inputs: ['high', 'low', 'close'],
  params: [windowOf(20, { min: 2 })],
  span: ([window]) => window!,
  kernel: 'commodityChannel',
  state: ([window]) => [window!, 0, ...blockSums(window!)],
})
