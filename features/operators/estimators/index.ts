/** Estimators of volatility and of liquidity from bars. Volatilities are of one bar: times √(bars a year) they are of a year. */
import type { Operator } from '../../operator.ts'
import { amihud } from './amihud.ts'
import { bipowerVariation } from './bipower-variation.ts'
import { corwinSchultz } from './corwin-schultz.ts'
import { exponentialVolatility } from './exponential-volatility.ts'
import { garmanKlass } from './garman-klass.ts'
import { kyleLambda } from './kyle-lambda.ts'
import { parkinson } from './parkinson.ts'
import { realisedVolatility } from './realised-volatility.ts'
import { rogersSatchell } from './rogers-satchell.ts'
import { rollSpread } from './roll-spread.ts'
import { signedVolume } from './signed-volume.ts'
import { yangZhang } from './yang-zhang.ts'

export const estimatorOperators: readonly Operator[] = [
  amihud,
  bipowerVariation,
  corwinSchultz,
  exponentialVolatility,
  garmanKlass,
  kyleLambda,
  parkinson,
  realisedVolatility,
  rogersSatchell,
  rollSpread,
  signedVolume,
  yangZhang,
]
