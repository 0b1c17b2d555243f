/**
 * Kind `gbdt`: gradient-boosted trees on histograms, window 1. The label is standardised over the training rows (so that
 * `gamma` and the penalties do not depend on its unit) and predictions are given back in its unit. A missing feature follows
 * each split's learned direction; infinities are refused.
 */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import type { Dataset } from '../../features/dataset.ts'
import { readJsonFile } from '../files.ts'
import { checkMatrix, checkTraining } from '../inputs.ts'
import { throwIfAborted } from '../interruption.ts'
import type { FitContext, FittedModel, ModelFiles, ModelKind } from '../kind.ts'
import { createLifecycle } from '../lifecycle.ts'
import { labelScale } from '../preprocessing/standardiser.ts'
import { boost } from './booster.ts'
import { gbdtParams, gbdtSearchSpace, type GbdtParams } from './gbdt-params.ts'
import { createPredictor } from './predictor.ts'
import { treeFault, treeSchema } from './tree.ts'

const modelSchema = z.strictObject({
  format: z.literal('quorum-gbdt-1'),
  features: z.array(z.string()),
  /** Prediction = mean + deviation × sum of the trees. */
  mean: z.number(),
  deviation: z.number(),
  trees: z.array(treeSchema),
})

type GbdtModel = z.infer<typeof modelSchema>

export const gbdt: ModelKind<GbdtParams> = {
  name: 'gbdt',
  doc: 'Gradient-boosted trees on histograms, on the last row: non-linear, interactions, missing values.',
  params: gbdtParams,
  searchSpace: gbdtSearchSpace,
  needs: 'dataset',
  window: () => 1,
  fit: fitGbdt,
  load: (files) => Promise.resolve().then(() => fitted(readModel(files))),
}

async function fitGbdt(
  dataset: Dataset,
  params: GbdtParams,
  context: FitContext,
): Promise<FittedModel> {
  const { validation, signal } = context
  throwIfAborted(signal, 'the tree fit')
  checkTraining(dataset, context.train, 1, 'training')
  if (validation !== undefined) checkTraining(dataset, validation, 1, 'validation')
  // A row of weight 0 must not even move a cut.
  const train = context.train.filter((row) => dataset.weight[row]! > 0)
  const initial = context.initial && initialModel(context.initial, dataset.features)
  // Added trees stay in the units of those they are added to.
  const scale = labelScale(dataset.y, train, dataset.weight)
  const { mean, deviation } = initial ?? scale
  let total = 0
  for (const row of train) total += dataset.weight[row]!
  const unit = train.length / total
  const { trees } = await boost(
    dataset,
    params,
    { ...context, train },
    {
      label: (row) => (dataset.y[row]! - mean) / deviation,
      weight: (row) => dataset.weight[row]! * unit,
      base: initial?.trees ?? [],
    },
  )
  return fitted({
    format: 'quorum-gbdt-1',
    features: [...dataset.features],
    mean,
    deviation,
    trees: [...trees],
  })
}

/** @throws INTEGRITY where the file is no model, or a tree of it leads outside itself. */
function readModel(files: ModelFiles): GbdtModel {
  const model = readJsonFile(files, 'model.json', modelSchema)
  for (const tree of model.trees) {
    const reason = treeFault(tree, model.features.length)
    if (reason !== undefined) throw new QuorumError('INTEGRITY', { subject: 'the model', reason })
  }
  return model
}

function initialModel(files: ModelFiles, features: readonly string[]): GbdtModel {
  const model = readModel(files)
  check(
    canonicalJson(model.features) === canonicalJson(features),
    'the initial model',
    `fitted on ${features.join(', ')}`,
    model.features.join(', '),
    'Train without an initial model.',
  )
  return model
}

function fitted(model: GbdtModel): FittedModel {
  const { features, mean, deviation, trees } = model
  const predictor = createPredictor(trees)
  const lifecycle = createLifecycle('The gbdt model')
  return {
    outputs: ['prediction'],
    window: 1,
    features,
    async predict(matrix, samples) {
      lifecycle.check()
      checkMatrix(matrix, samples, { features, window: 1 })
      const prediction = new Float64Array(samples.length)
      predictor.predict(matrix, samples, prediction)
      return Promise.resolve({ prediction: prediction.map((sum) => mean + deviation * sum) })
    },
    save: () => ({ 'model.json': new TextEncoder().encode(canonicalJson(model)) }),
    dispose() {
      lifecycle.end()
      return Promise.resolve()
    },
  }
}
