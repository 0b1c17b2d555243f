/** A fitted DoubleEnsemble: sub-models on features of their own; the prediction is the mean of theirs. */
import { z } from 'zod'
import { canonicalJson } from '../../../core/canonical-json.ts'
import { check } from '../../../core/checks.ts'
import { QuorumError } from '../../../core/errors.ts'
import type { FeatureMatrix } from '../../../features/dataset.ts'
import { readJsonFile } from '../../files.ts'
import { checkMatrix } from '../../inputs.ts'
import type { CurvePoint, FittedModel, ModelFiles } from '../../kind.ts'
import { createLifecycle } from '../../lifecycle.ts'
import { createPredictor } from '../predictor.ts'
import { encodeTree, treeFault, treeSchema } from '../tree.ts'

/** Trees ask for features by their place in the whole set. */
export const memberSchema = z.strictObject({
  /** Indices of the features that it was shown. */
  shown: z.array(z.int().min(0)).min(1),
  base: z.number(),
  trees: z.array(treeSchema),
})

export type DoubleMember = z.output<typeof memberSchema>

const schema = z.strictObject({
  format: z.literal('quorum-double-ensemble-1'),
  features: z.array(z.string()).min(1),
  members: z.array(memberSchema).min(1),
})

export type DoubleModel = z.output<typeof schema>

export const encodeMember = (member: DoubleMember): z.input<typeof memberSchema> => ({
  ...member,
  trees: member.trees.map(encodeTree),
})

/** @throws INTEGRITY */
export function readDouble(files: ModelFiles): DoubleModel {
  const model = readJsonFile(files, 'model.json', schema)
  for (const { trees } of model.members) {
    for (const tree of trees) {
      const reason = treeFault(tree, model.features.length)
      if (reason !== undefined) throw new QuorumError('INTEGRITY', { subject: 'the model', reason })
    }
  }
  return model
}

/** Mean margin of the members, a row each. */
export function predictMembers(
  members: readonly DoubleMember[],
): (matrix: FeatureMatrix, rows: Int32Array) => Float64Array {
  const predictors = members.map(({ trees, base }) => createPredictor({ trees, base: [base] }))
  return (matrix, rows) => {
    const sum = new Float64Array(rows.length)
    for (const predictor of predictors)
      predictor.margins(matrix, rows).forEach((margin, i) => (sum[i]! += margin))
    return sum.map((margin) => margin / members.length)
  }
}

export function fittedDouble(model: DoubleModel, curve?: readonly CurvePoint[]): FittedModel {
  const { features, members } = model
  check(members.length > 0, 'a double ensemble', 'of at least one sub-model', members.length)
  const predict = predictMembers(members)
  const lifecycle = createLifecycle('The double-ensemble model')
  return {
    outputs: ['prediction'],
    window: 1,
    features,
    ...(curve === undefined ? {} : { curve }),
    predict: (matrix, samples) =>
      new Promise((resolve) => {
        lifecycle.check()
        checkMatrix(matrix, samples, { features, window: 1 })
        resolve({ prediction: predict(matrix, samples) })
      }),
    save: () => {
      const file = { ...model, members: members.map(encodeMember) }
      return { 'model.json': new TextEncoder().encode(canonicalJson(file)) }
    },
    dispose() {
      lifecycle.end()
      return Promise.resolve()
    },
  }
}
