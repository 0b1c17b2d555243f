/** Indicators of volume. */
import type { Operator } from '../../../operator.ts'
import { accumulationLine, accumulationOscillator } from './accumulation.ts'
import { moneyFlowIndex } from './money-flow-index.ts'
import { onBalanceVolume } from './on-balance-volume.ts'
import { rollingVolumeWeightedPrice, sessionVolumeWeightedPrice } from './volume-weighted-price.ts'

export const volumes: readonly Operator[] = [
  accumulationLine,
  accumulationOscillator,
  moneyFlowIndex,
  onBalanceVolume,
  rollingVolumeWeightedPrice,
  sessionVolumeWeightedPrice,
]
