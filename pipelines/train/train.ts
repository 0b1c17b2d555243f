/**
 * Training: recipe → dataset → purged split → fits in workers → validation → artifacts → versions. An ensemble trains its
 * members as registered models of their own; all become visible in one transaction with the end of the run, or none.
 */
import { unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { defaultCosts, roundTripCost } from '../../execution/index.ts'
import type { Dataset } from '../../features/index.ts'
import {
  codeVersion,
  evaluatePredictions,
  findKind,
  purgedTimeSplit,
  renderCard,
  type EnsembleManifest,
  type Manifest,
  type MemberReference,
  type Metrics,
  type ModelManifest,
} from '../../models/index.ts'
import type { Recipe } from '../../registry/index.ts'
import { createDatasets, type DatasetSource } from '../data/datasets.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import { fitModel } from './fit.ts'
import { memberWeights, weighted } from './weights.ts'

export interface TrainResult {
  readonly model: string
  readonly version: number
  readonly artifact: string
  readonly run: string
  readonly metrics: Readonly<Record<string, number | null>>
  readonly members: readonly MemberReference[]
  readonly samples: number
  readonly labelEnd: number
}

interface Trained {
  readonly name: string
  readonly recipe: Recipe
  readonly artifact: string
  readonly manifest: ModelManifest
  readonly metrics: Metrics
  readonly prediction: ValidationPrediction
}

/** Validation predictions keyed by (symbol, time), so that members with other windows can be compared row by row. */
export interface ValidationPrediction {
  readonly dataset: Dataset
  readonly rows: Int32Array
  readonly values: Float64Array
}

export async function trainRecipe(
  platform: Platform,
  recipe: Recipe,
  context: JobContext,
  { author }: { author: string },
): Promise<TrainResult> {
  checkKinds(recipe)
  const datasets = await createDatasets(platform, recipe)
  const members = recipe.members ?? [
    { model: recipe.model, kind: recipe.kind!, params: recipe.params, features: recipe.features },
  ]
  const trained: Trained[] = []
  for (const [k, member] of members.entries()) {
    const own: Recipe = {
      ...recipe,
      model: member.model,
      kind: member.kind,
      params: member.params,
      features: member.features ?? recipe.features,
    }
    delete own.members
    delete own.quorum
    trained.push(
      await trainMember(platform, own, datasets, context, { done: k, total: members.length }),
    )
  }
  if (recipe.members === undefined)
    return register(platform, recipe, trained, undefined, context, author)
  const ensemble = await putEnsemble(platform, recipe, trained)
  return register(platform, recipe, trained, ensemble, context, author)
}

function checkKinds(recipe: Recipe): void {
  const kinds = recipe.members ?? [{ kind: recipe.kind!, params: recipe.params }]
  for (const { kind, params } of kinds) {
    const { params: schema, name } = findKind(kind)
    const parsed = schema.safeParse(params)
    if (parsed.success) continue
    const issue = parsed.error.issues[0]!
    if (issue.code === 'unrecognized_keys') {
      throw unknownName(`parameter of ${name}`, issue.keys[0]!, Object.keys(schema.parse({})))
    }
    throw new QuorumError('INVALID_VALUE', {
      name: `${name}.${issue.path.join('.')}`,
      expected: issue.message,
      value: JSON.stringify(params[String(issue.path[0])] ?? null),
      remedy: '',
    })
  }
}

async function trainMember(
  platform: Platform,
  recipe: Recipe,
  datasets: DatasetSource,
  context: JobContext,
  position: { done: number; total: number },
): Promise<Trained> {
  const kind = findKind(recipe.kind!)
  const params = kind.params.parse(recipe.params)
  const { dataset, featureSet } = await datasets(recipe.features, kind.window(params))
  const split = purgedTimeSplit(dataset, {
    validationFraction: recipe.validation.fraction,
    embargoBars: recipe.validation.embargoBars,
  })
  const fit = await fitModel(platform, {
    kind: kind.name,
    params,
    dataset,
    train: split.train,
    validation: split.validation,
    seed: recipe.seed,
    checkpointName: recipe.model,
    context,
    stage:
      position.total > 1
        ? `${recipe.model} (${position.done + 1}/${position.total})`
        : recipe.model,
  })
  const used = [...split.train, ...split.validation]
  const manifest: ModelManifest = {
    format: 1,
    type: 'model',
    kind: kind.name,
    params: params as ModelManifest['params'],
    featureSet,
    input: { window: fit.window, features: [...dataset.features] },
    outputs: [...fit.outputs],
    label: recipe.label,
    timeframe: recipe.timeframe,
    symbols: [...dataset.symbols],
    data: {
      fingerprint: dataset.fingerprint,
      from: least(used, dataset.time),
      to: greatest(used, dataset.time),
      samples: used.length,
    },
    labelEnd: greatest(used, dataset.labelEnd),
    labelDeviation: fit.labelDeviation,
    hitRate: fit.metrics.hitRate ?? 0,
    seed: recipe.seed,
    metrics: fit.metrics,
    codeVersion,
    files: {},
  }
  const put = await putArtifact(platform, `${kind.name} on ${featureSet.name}`, manifest, fit.files)
  return {
    name: recipe.model,
    recipe,
    artifact: put.id,
    manifest: put.manifest as ModelManifest,
    metrics: fit.metrics,
    prediction: { dataset, rows: split.validation, values: fit.validationPrediction },
  }
}

async function putEnsemble(
  platform: Platform,
  recipe: Recipe,
  trained: readonly Trained[],
): Promise<{ artifact: string; manifest: EnsembleManifest }> {
  const weights = memberWeights(recipe.weights, trained)
  const metrics = evaluatePredictions(
    weighted(
      trained.map((one) => one.prediction),
      weights,
    ),
  )
  const manifests = trained.map((one) => one.manifest)
  const manifest: EnsembleManifest = {
    format: 1,
    type: 'ensemble',
    members: trained.map(({ name, artifact }, k) => ({
      model: name,
      artifact,
      weight: weights[k]!,
    })),
    quorum: recipe.quorum ?? Math.floor(trained.length / 2) + 1,
    deadband: recipe.deadband ?? roundTripCost(defaultCosts),
    confirmations: recipe.confirmations,
    label: recipe.label,
    timeframe: recipe.timeframe,
    symbols: [...manifests[0]!.symbols],
    data: {
      fingerprint: manifests[0]!.data.fingerprint,
      from: Math.min(...manifests.map((one) => one.data.from)),
      to: Math.max(...manifests.map((one) => one.data.to)),
      samples: Math.max(...manifests.map((one) => one.data.samples)),
    },
    labelEnd: Math.max(...manifests.map((one) => one.labelEnd)),
    seed: recipe.seed,
    metrics,
    codeVersion,
    files: {},
  }
  const put = await putArtifact(
    platform,
    `Ensemble of ${trained.map((one) => one.manifest.kind).join(', ')}`,
    manifest,
    {},
  )
  return { artifact: put.id, manifest: put.manifest as EnsembleManifest }
}

async function putArtifact(
  { artifacts }: Platform,
  title: string,
  manifest: Manifest,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<{ id: string; manifest: Manifest }> {
  const card = new TextEncoder().encode(renderCard(title, manifest))
  return artifacts.put(manifest, { ...files, 'card.md': card })
}

/** One transaction: versions of all members and the ensemble, first champions, records, the end of the run. */
async function register(
  { registry, records }: Platform,
  recipe: Recipe,
  trained: readonly Trained[],
  ensemble: { artifact: string; manifest: EnsembleManifest } | undefined,
  { claim }: JobContext,
  author: string,
): Promise<TrainResult> {
  return records.transaction(async (trx) => {
    await registry.runs.checkAttempt(trx, claim)
    const add = async (
      name: string,
      own: Recipe,
      artifact: string,
      metrics: Manifest['metrics'],
      members: readonly MemberReference[],
    ): Promise<MemberReference> => {
      const version = await registry.models.addVersion(trx, {
        model: name,
        artifact,
        recipe: own,
        runId: claim.run.id,
        author,
        members,
        metrics,
      })
      const entry = {
        kind: 'version.registered',
        body: { model: name, version, artifact, run: claim.run.id, author },
      }
      const first = { model: name, alias: 'champion', version, by: author, reason: 'first version' }
      if (version === 1) await registry.models.moveAlias(trx, first)
      await records.append(
        trx,
        version === 1 ? [entry, { kind: 'alias.moved', body: first }] : [entry],
      )
      return { model: name, version, artifact }
    }
    const members: MemberReference[] = []
    for (const one of trained)
      members.push(await add(one.name, one.recipe, one.artifact, one.manifest.metrics, []))
    const self =
      ensemble === undefined
        ? members[0]!
        : await add(recipe.model, recipe, ensemble.artifact, ensemble.manifest.metrics, members)
    const manifest = ensemble?.manifest ?? trained[0]!.manifest
    const result: TrainResult = {
      ...self,
      run: claim.run.id,
      metrics: manifest.metrics,
      members: ensemble === undefined ? [] : members,
      samples: manifest.data.samples,
      labelEnd: manifest.labelEnd,
    }
    await registry.runs.succeed(trx, claim, result)
    return result
  })
}

function least(rows: readonly number[], column: Float64Array): number {
  return rows.reduce((best, row) => Math.min(best, column[row]!), Infinity)
}

function greatest(rows: readonly number[], column: Float64Array): number {
  return rows.reduce((best, row) => Math.max(best, column[row]!), -Infinity)
}
