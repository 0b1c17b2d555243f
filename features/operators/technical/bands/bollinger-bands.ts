import { windowKernel } from '../stages/indicator.ts'
import { blockSums } from '../stages/kernel-states.ts'
import { factor, windowOf } from '../stages/parameters.ts'

/** Bollinger (1983). The deviation is the population's, as in TA-Lib; `Std` is the sample's. */
export const bollingerBands = windowKernel({
  name: 'BBands',
  doc: 'Bollinger bands in units of x: .middle is the mean of window rows, .upper and .lower are deviations standard deviations (population) from it; TA-Lib BBANDS.',
  inputs: ['x'],
  outputs: ['upper', 'middle', 'lower'],
  params: [windowOf(20), factor('deviations', 2)],
  span: ([window]) => window!,
  kernel: 'bollingerBands',
  state: ([window, deviations]) => [window!, deviations!, 0, NaN, ...blockSums(window!, 2)],
})
