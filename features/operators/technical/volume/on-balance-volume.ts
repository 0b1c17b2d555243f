import { expandingKernel } from '../stages/indicator.ts'

/** Granville (1963). The first row counts its whole volume, as in TA-Lib. What additions round away is carried along. */
export const onBalanceVolume = expandingKernel({
  name: 'OBV',
  doc: 'On-balance volume: all volume since the first row, counted up where the close rose and down where it fell; TA-Lib OBV. Use its change: the level depends on where the series begins.',
  inputs: ['close', 'volume'],
  reads: 1,
  before: () => 0,
  kernel: 'onBalanceVolume',
  state: () => [0, 0, 0],
})
