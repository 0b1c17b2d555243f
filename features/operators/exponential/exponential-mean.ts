import { kernelOperator } from '../../kernels/kernel-operator.ts'
import { windowParameter } from '../../operator.ts'
import { smoothedWarmup } from './smoothed.ts'

const alphaOf = (window: number): number => 2 / (window + 1)

export const exponentialMean = kernelOperator({
  name: 'EMA',
  params: [windowParameter],
  arity: 1,
  memory: 'recursive',
  missing: 'hold',
  doc: 'Exponential mean with α = 2 / (window + 1), seeded with the mean of the first window values (TA-Lib EMA).',
  minPeriods: ([window]) => window!,
  warmup: ([window]) => smoothedWarmup(alphaOf(window!), window!),
  lookback: () => 0,
  kernel: 'exponentialMean',
  state: ([window]) => [window!, alphaOf(window!), 0, 0],
})
