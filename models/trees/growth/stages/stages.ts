/** The stages of growth, one table: what every thread of a crew does with its share when the stage is ordered. */
import type { GbdtParams } from '../../gbdt-params.ts'
import type { Objective } from '../../objectives/objective.ts'
import { binColumns } from './binning.ts'
import { computeGradients, packGradients } from './gradients.ts'
import { evaluateNodes } from './evaluation.ts'
import type { Watched } from './losses.ts'
import { addLeaves, partitionNodes, sumLeaves, walkRows } from './row-stages.ts'
import type { Space } from '../space.ts'
import type { SplitRules } from '../weights.ts'

/** Where the values come from; helpers have it only where it is in shared memory. */
export interface SourceMatrix {
  readonly X: Float32Array
  readonly features: number
}

export interface Equipment {
  readonly params: GbdtParams
  readonly rules: SplitRules
  readonly objective: Objective
  /** Gradients and losses are the calling thread's alone. */
  readonly alone: boolean
  readonly watched: Watched
  readonly matrix: SourceMatrix | undefined
}

const stages = {
  bins: binColumns,
  gradients: computeGradients,
  pack: packGradients,
  evaluate: evaluateNodes,
  partition: partitionNodes,
  leafSums: sumLeaves,
  leaves: addLeaves,
  walk: walkRows,
} as const satisfies Record<string, (space: Space, equipment: Equipment) => void>

export type StageName = keyof typeof stages
export const stageNames = Object.keys(stages) as StageName[]

export function performStage(stage: StageName, space: Space, equipment: Equipment): void {
  stages[stage](space, equipment)
}
