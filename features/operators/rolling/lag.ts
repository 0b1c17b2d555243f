import { kernelOperator } from '../../kernels/kernel-operator.ts'
import { longestWindow } from '../../operator.ts'

/** The value `bars` rows ago. Looking ahead is not expressible: `bars` is at least 1. */
export const lag = kernelOperator({
  name: 'Ref',
  params: [{ name: 'bars', integer: true, min: 1, max: longestWindow, default: 1 }],
  arity: 1,
  memory: 'window',
  missing: 'propagate',
  doc: 'The value bars rows ago; NaN before there is one.',
  minPeriods: () => 1,
  warmup: ([bars]) => bars!,
  lookback: ([bars]) => bars!,
  kernel: 'lag',
  state: ([bars]) => [bars!],
})
