/** Artifacts of a training: each fitted model with its curve and card, and the ensemble that pins its members. */
import { defaultCosts, roundTripCost } from '../../execution/index.ts'
import {
  codeVersion,
  curveFile,
  encodeCurve,
  encodeReference,
  evaluatePredictions,
  renderCard,
  type CardDetails,
  type EnsembleManifest,
  type Manifest,
  type ModelManifest,
} from '../../models/index.ts'
import type { Reference } from '../../features/index.ts'
import type { FitTiming, Recipe } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'
import type { Fitted } from './fit.ts'
import type { PlannedFit } from './plan.ts'
import { describeColumns } from './training-data.ts'
import { memberWeights, weighted, type ValidationPrediction } from './weights.ts'

export interface StoredModel {
  readonly name: string
  readonly recipe: Recipe
  readonly artifact: string
  readonly manifest: ModelManifest
  readonly prediction: ValidationPrediction
  readonly timing: FitTiming
}

/** `reference`: of the training rows; absent where the server has none of the features or what was trained on is unknown. */
export async function putModel(
  platform: Platform,
  { recipe, task, featureSet, flat }: PlannedFit,
  fitted: Fitted,
  reference?: Reference,
): Promise<StoredModel> {
  const { dataset, train, validation } = task
  const [from, to] = extremes(dataset.time, [train, validation])
  const [, labelEnd] = extremes(dataset.labelEnd, [train, validation])
  const manifest: ModelManifest = {
    format: 1,
    type: 'model',
    kind: task.kind,
    params: { ...task.params } as ModelManifest['params'],
    featureSet,
    input: { window: fitted.window, features: [...dataset.features] },
    outputs: [...fitted.outputs],
    label: recipe.label,
    timeframe: recipe.timeframe,
    symbols: [...dataset.symbols],
    data: {
      fingerprint: dataset.fingerprint,
      from,
      to,
      samples: train.length + validation.length,
    },
    labelEnd,
    labelDeviation: fitted.labelDeviation,
    hitRate: fitted.metrics.hitRate ?? 0,
    ...(recipe.sampleWeights === undefined ? {} : { sampleWeights: recipe.sampleWeights }),
    seed: recipe.seed,
    metrics: fitted.metrics,
    codeVersion,
    files: {},
  }
  const { curve } = fitted
  const put = await putWithCard(
    platform,
    `${task.kind} on ${featureSet.name}`,
    manifest,
    {
      ...fitted.files,
      ...(curve.length > 0 ? { [curveFile]: encodeCurve(curve) } : {}),
      ...(reference && encodeReference(reference)),
    },
    {
      curve,
      remarks: flat.length > 0 ? [`Did not vary in training: ${describeColumns(flat)}.`] : [],
    },
  )
  return {
    name: recipe.model,
    recipe,
    artifact: put.id,
    manifest: put.manifest,
    prediction: { dataset, rows: validation, values: fitted.validationPrediction },
    timing: fitted.timing,
  }
}

export async function putEnsemble(
  platform: Platform,
  recipe: Recipe,
  members: readonly StoredModel[],
): Promise<{ artifact: string; manifest: EnsembleManifest }> {
  const weights = memberWeights(
    recipe.weights,
    members.map(({ name, manifest: { metrics } }) => ({ name, metrics })),
  )
  const predictions = members.map((one) => one.prediction)
  const manifests = members.map((one) => one.manifest)
  const [first] = manifests
  const manifest: EnsembleManifest = {
    format: 1,
    type: 'ensemble',
    members: members.map(({ name, artifact }, k) => ({
      model: name,
      artifact,
      weight: weights[k]!,
    })),
    quorum: recipe.quorum ?? Math.floor(members.length / 2) + 1,
    deadband: recipe.deadband ?? roundTripCost(defaultCosts),
    confirmations: recipe.confirmations,
    label: recipe.label,
    timeframe: recipe.timeframe,
    symbols: [...first!.symbols],
    data: {
      fingerprint: first!.data.fingerprint,
      from: Math.min(...manifests.map((one) => one.data.from)),
      to: Math.max(...manifests.map((one) => one.data.to)),
      samples: Math.max(...manifests.map((one) => one.data.samples)),
    },
    labelEnd: Math.max(...manifests.map((one) => one.labelEnd)),
    seed: recipe.seed,
    metrics: evaluatePredictions(weighted(predictions, weights)),
    codeVersion,
    files: {},
  }
  const title = `Ensemble of ${countedKinds(manifests.map((one) => one.kind))}`
  const put = await putWithCard(platform, title, manifest, {}, {})
  return { artifact: put.id, manifest: put.manifest }
}

async function putWithCard<M extends Manifest>(
  { artifacts }: Platform,
  title: string,
  manifest: M,
  files: Readonly<Record<string, Uint8Array>>,
  details: CardDetails,
): Promise<{ id: string; manifest: M }> {
  const card = new TextEncoder().encode(renderCard(title, manifest, details))
  const put = await artifacts.put(manifest, { ...files, 'card.md': card })
  return { id: put.id, manifest: put.manifest as M }
}

/** `ridge, lstm × 5` */
function countedKinds(kinds: readonly string[]): string {
  return [...new Set(kinds)]
    .map((kind) => {
      const count = kinds.filter((one) => one === kind).length
      return count > 1 ? `${kind} × ${count}` : kind
    })
    .join(', ')
}

function extremes(
  column: Float64Array,
  parts: readonly Int32Array[],
): readonly [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity]
  for (const rows of parts) {
    for (const row of rows) {
      least = Math.min(least, column[row]!)
      greatest = Math.max(greatest, column[row]!)
    }
  }
  return [least, greatest]
}
