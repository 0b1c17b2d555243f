/** The table of objectives: name → what it needs of the parameters. */
import { unknownName } from '../../../core/checks.ts'
import { logistic, softmax } from './classification.ts'
import type { Objective } from './objective.ts'
import { ranking } from './ranking.ts'
import { absoluteError, poisson, pseudoHuber, quantile, squaredError } from './regression.ts'

export interface ObjectiveParams {
  readonly objective: string
  readonly huber_slope: number
  readonly quantile_alpha: readonly number[]
  readonly scale_pos_weight: number
  readonly max_delta_step: number | null
  readonly num_class: number
}

type Make = (params: ObjectiveParams, group: Int32Array | undefined) => Objective

const objectives = {
  'reg:squarederror': () => squaredError,
  'reg:pseudohubererror': ({ huber_slope }) => pseudoHuber(huber_slope),
  'reg:absoluteerror': () => absoluteError,
  'reg:quantileerror': ({ quantile_alpha }) => quantile(quantile_alpha),
  'binary:logistic': ({ scale_pos_weight }) => logistic(scale_pos_weight),
  'count:poisson': ({ max_delta_step }) => poisson(max_delta_step ?? poissonDeltaStep),
  'multi:softmax': ({ num_class }) => softmax('multi:softmax', num_class),
  'multi:softprob': ({ num_class }) => softmax('multi:softprob', num_class),
  'rank:pairwise': (_, group) => ranking('rank:pairwise', group),
  'rank:ndcg': (_, group) => ranking('rank:ndcg', group),
} as const satisfies Record<string, Make>

export type ObjectiveName = keyof typeof objectives
export const objectiveNames = Object.keys(objectives) as [ObjectiveName, ...ObjectiveName[]]

/** XGBoost's default of max_delta_step for counts. */
export const poissonDeltaStep = 0.7

/** @param group the moment of each training row, for ranking */
export function createObjective(params: ObjectiveParams, group?: Int32Array): Objective {
  const { objective } = params
  if (!(objective in objectives)) throw unknownName('objective', objective, objectiveNames)
  const make: Make = objectives[objective as ObjectiveName]
  return make(params, group)
}
