/** Reads XGBoost's JSON and UBJSON. What is not a gradient-boosted tree model of an objective we have is refused by name. */
import { z } from 'zod'
import { QuorumError } from '../../../core/errors.ts'
import type { Import } from '../../kind.ts'
import { modelFault, writeModel, type GbdtModel } from '../model.ts'
import { createObjective, objectiveNames } from '../objectives/objectives.ts'
import { baseMargins } from './base-scores.ts'
import { decodeUbjson } from './ubjson.ts'
import { readTree, treeDocumentSchema } from './xgboost-tree.ts'

const documentSchema = z.object({
  learner: z.object({
    feature_names: z.array(z.string()).default([]),
    feature_types: z.array(z.string()).default([]),
    gradient_booster: z.object({
      name: z.string(),
      model: z
        .object({
          cats: z.object({ enc: z.array(z.unknown()) }).optional(),
          gbtree_model_param: z.object({ num_parallel_tree: z.string().default('1') }),
          tree_info: z.array(z.int()),
          trees: z.array(treeDocumentSchema),
        })
        .optional(),
    }),
    learner_model_param: z.object({
      base_score: z.string(),
      num_class: z.string().default('0'),
      num_feature: z.string(),
      num_target: z.string().default('1'),
    }),
    objective: z.object({
      name: z.string(),
      pseudo_huber_param: z.object({ huber_slope: z.string() }).optional(),
      quantile_loss_param: z.object({ quantile_alpha: z.string() }).optional(),
      reg_loss_param: z.object({ scale_pos_weight: z.string() }).optional(),
      poisson_regression_param: z.object({ max_delta_step: z.string() }).optional(),
    }),
  }),
})

type Learner = z.infer<typeof documentSchema>['learner']

export type XgboostFormat = 'xgboost-json' | 'xgboost-ubj'

export const importXgboost =
  (format: XgboostFormat): Import =>
  (bytes, about) =>
    writeModel(readXgboost(bytes, { format, ...about }))

/**
 * @param features names of the columns, in the model's order
 * @throws BAD_DATA, with the source, for bytes of another form, another booster or objective, or another number of features
 */
export function readXgboost(
  bytes: Uint8Array,
  {
    format,
    features,
    source,
  }: { format: XgboostFormat; features: readonly string[]; source: string },
): GbdtModel {
  const fail = (reason: string, cause?: unknown): QuorumError =>
    new QuorumError('BAD_DATA', { source, reason }, { cause })
  const document = format === 'xgboost-ubj' ? decodeUbjson(bytes, source) : parse(bytes, fail)
  const booster = (document as { learner?: { gradient_booster?: { name?: unknown } } } | null)
    ?.learner?.gradient_booster?.name
  if (booster === 'dart' || booster === 'gblinear') {
    throw fail(
      `it is a booster of kind ${booster}; only gbtree can be read. Train with booster=gbtree`,
    )
  }
  const parsed = documentSchema.safeParse(document)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw fail(
      `not an XGBoost model at ${issue?.path.join('.') ?? 'its root'}: ${issue?.message ?? ''}`,
      parsed.error,
    )
  }
  const model = toModel(parsed.data.learner, features, fail)
  const fault = modelFault(model)
  if (fault !== undefined) throw fail(fault)
  return model
}

function parse(bytes: Uint8Array, fail: (reason: string, cause?: unknown) => QuorumError): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw fail(`not JSON (${(error as Error).message})`, error)
  }
}

function toModel(
  { gradient_booster: booster, learner_model_param: param, objective: own, ...learner }: Learner,
  features: readonly string[],
  fail: (reason: string) => QuorumError,
): GbdtModel {
  if (booster.name !== 'gbtree' || booster.model === undefined)
    throw fail(`it is a booster of kind ${booster.name}; only gbtree can be read`)
  if ((booster.model.cats?.enc.length ?? 0) > 0)
    throw fail('its categories are names; number them from 0 before training')
  const name = objectiveNames.find((one) => one === own.name)
  if (name === undefined)
    throw fail(`its objective is ${own.name}; known are ${objectiveNames.join(', ')}`)
  if (Number(param.num_feature) !== features.length) {
    throw fail(
      `it takes ${param.num_feature} features (${learner.feature_names.join(', ') || 'without names'}), the set has ${features.length} (${features.join(', ')})`,
    )
  }
  const numbers = (text: string): number[] =>
    text
      .replace(/[[\]()]/g, '')
      .split(',')
      .map(Number)
  const objective = {
    objective: name,
    huber_slope: Number(own.pseudo_huber_param?.huber_slope ?? 1),
    quantile_alpha: numbers(own.quantile_loss_param?.quantile_alpha ?? '0.5'),
    scale_pos_weight: Number(own.reg_loss_param?.scale_pos_weight ?? 1),
    max_delta_step:
      own.poisson_regression_param === undefined
        ? null
        : Number(own.poisson_regression_param.max_delta_step),
    num_class: Number(param.num_class),
  }
  const { outputs } = createObjective(objective)
  const { trees, tree_info } = booster.model
  return {
    format: 'quorum-gbdt-2',
    features: [...features],
    categorical: features.filter((_, column) => learner.feature_types[column] === 'c'),
    objective,
    base: baseMargins(numbers(param.base_score), name, outputs),
    trees: interleave(
      trees.map((tree) => readTree(tree, fail)),
      tree_info,
      outputs,
      fail,
    ),
  }
}

/** Tree k of ours belongs to output k modulo outputs; XGBoost may put the parallel trees of one output next to each other. */
function interleave<T>(
  trees: readonly T[],
  output: readonly number[],
  outputs: number,
  fail: (reason: string) => QuorumError,
): T[] {
  const own = Array.from({ length: outputs }, (_, k) => trees.filter((_, at) => output[at] === k))
  const rounds = trees.length / outputs
  if (own.some(({ length }) => length !== rounds))
    throw fail(`its ${trees.length} trees do not share out evenly among ${outputs} outputs`)
  return Array.from({ length: trees.length }, (_, k) => own[k % outputs]![Math.floor(k / outputs)]!)
}
