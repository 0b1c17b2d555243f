/** The file of a tree model: `model.json`. A margin is its base plus the values of the leaves that a row reaches, one tree in `outputs` for each margin. */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { QuorumError } from '../../core/errors.ts'
import { readJsonFile } from '../files.ts'
import type { ModelFiles } from '../kind.ts'
import { createObjective, objectiveNames } from './objectives/objectives.ts'
import type { Objective } from './objectives/objective.ts'
import { encodeTree, treeFault, treeSchema } from './tree.ts'

const objectiveSchema = z.strictObject({
  objective: z.enum(objectiveNames),
  huber_slope: z.number(),
  quantile_alpha: z.array(z.number()).min(1),
  scale_pos_weight: z.number(),
  max_delta_step: z.number().nullable(),
  num_class: z.int(),
})

const modelSchema = z.strictObject({
  format: z.literal('quorum-gbdt-2'),
  features: z.array(z.string()),
  /** Features whose values are categories. */
  categorical: z.array(z.string()),
  objective: objectiveSchema,
  /** Margins without trees, `[outputs]`. */
  base: z.array(z.number()).min(1),
  /** Tree k adds to margin k modulo outputs. */
  trees: z.array(treeSchema),
})

export type GbdtModel = z.output<typeof modelSchema>

const fileName = 'model.json'

export function writeModel(model: GbdtModel): ModelFiles {
  const file = { ...model, trees: model.trees.map(encodeTree) }
  return { [fileName]: new TextEncoder().encode(canonicalJson(file)) }
}

/** @throws INTEGRITY where the file is no model, or a tree of it leads outside itself. */
export function readModel(files: ModelFiles): GbdtModel {
  const model = readJsonFile(files, fileName, modelSchema)
  const fault = modelFault(model)
  if (fault !== undefined)
    throw new QuorumError('INTEGRITY', { subject: 'the model', reason: fault })
  return model
}

/** Why the parts do not make a model, or undefined where they do. */
export function modelFault({ base, features, trees, objective }: GbdtModel): string | undefined {
  const { outputs } = createObjective(objective)
  if (base.length !== outputs) return `${base.length} base margins for ${outputs} outputs`
  if (trees.length % outputs !== 0) return `${trees.length} trees for ${outputs} outputs`
  for (const tree of trees) {
    const fault = treeFault(tree, features.length)
    if (fault !== undefined) return fault
  }
  return undefined
}

export function objectiveOf({ objective }: GbdtModel): Objective {
  return createObjective(objective)
}
