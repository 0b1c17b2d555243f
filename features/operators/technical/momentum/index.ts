/** Oscillators. Momentum itself, the change over some rows, is `Delta`. */
import type { Operator } from '../../../operator.ts'
import { balanceOfPower } from './balance-of-power.ts'
import { chandeMomentum } from './chande-momentum.ts'
import { commodityChannel } from './commodity-channel.ts'
import { movingAverageConvergence } from './moving-average-convergence.ts'
import { absolutePriceOscillator, percentagePriceOscillator } from './price-oscillator.ts'
import {
  rateOfChange,
  rateOfChangeRatio,
  rateOfChangeRatioPercent,
  rateOfChangeShare,
} from './rate-of-change.ts'
import { relativeStrength } from './relative-strength.ts'
import { stochasticRelativeStrength } from './stochastic-relative-strength.ts'
import { fastStochastic, stochastic } from './stochastic.ts'
import { tripleSmoothedRate } from './triple-smoothed-rate.ts'
import { ultimateOscillator } from './ultimate-oscillator.ts'
import { williamsRange } from './williams-range.ts'

export const momentum: readonly Operator[] = [
  absolutePriceOscillator,
  balanceOfPower,
  chandeMomentum,
  commodityChannel,
  fastStochastic,
  movingAverageConvergence,
  percentagePriceOscillator,
  rateOfChange,
  rateOfChangeRatio,
  rateOfChangeRatioPercent,
  rateOfChangeShare,
  relativeStrength,
  stochastic,
  stochasticRelativeStrength,
  tripleSmoothedRate,
  ultimateOscillator,
  williamsRange,
]
