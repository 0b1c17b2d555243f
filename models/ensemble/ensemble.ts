/**
 * A loaded ensemble: its members' fitted models and the rule of their consensus. A single model is an ensemble of one with
 * quorum 1, so everything downstream knows ensembles only.
 */
import { QuorumError } from '../../core/errors.ts'
import {
  featureSetFingerprint,
  fileFeatures,
  findFeatureSet,
  type LatestFeatures,
} from '../../features/index.ts'
import type { ArtifactStore } from '../artifacts/artifact-store.ts'
import type { ModelManifest } from '../artifacts/manifest.ts'
import type { FittedModel, Predictions } from '../kind.ts'
import { findKind } from '../kinds.ts'
import type { InferenceOptions } from '../runtime/predictor.ts'
import {
  consensus,
  type Confirmations,
  type ConsensusRule,
  type MemberOpinion,
  type Signal,
} from './signal.ts'

export interface MemberReference {
  readonly model: string
  readonly version: number
  readonly artifact: string
}

export interface LoadedMember extends MemberReference {
  readonly weight: number
  readonly manifest: ModelManifest
  readonly fitted: FittedModel
}

export interface LoadedEnsemble {
  readonly artifact: string
  readonly rule: ConsensusRule
  readonly members: readonly LoadedMember[]
  readonly timeframe: string
  readonly symbols: readonly string[]
  readonly label: string
  /** Greatest `labelEnd` of the ensemble and all members. */
  readonly labelEnd: number
  /** Longest window a member wants. */
  readonly window: number
  dispose(): Promise<void>
}

/** Newest features of the asked symbols for one feature set and window. */
export type FeatureSource = (
  featureSet: string,
  window: number,
  symbols: readonly string[],
) => LatestFeatures

/**
 * Loads an artifact, model or ensemble, with every member's files checked against their hashes.
 * `versions`: the registered version of each member, in the manifest's order; the artifact itself knows ids only.
 * `inference`: what executes its networks, and where.
 */
export async function loadEnsemble(
  store: ArtifactStore,
  artifact: string,
  self: MemberReference,
  versions: readonly MemberReference[],
  inference?: InferenceOptions,
): Promise<LoadedEnsemble> {
  const manifest = await store.manifest(artifact)
  const entries =
    manifest.type === 'ensemble'
      ? manifest.members.map((member, i) => ({
          weight: member.weight,
          reference: versions[i] ?? { model: member.model, version: 0, artifact: member.artifact },
        }))
      : [{ weight: 1, reference: self }]
  const rule: ConsensusRule =
    manifest.type === 'ensemble'
      ? manifest
      : { quorum: 1, deadband: 0, confirmations: { volume: false, trend: false, rewardRisk: null } }
  const members: LoadedMember[] = []
  for (const { weight, reference } of entries) {
    members.push(await loadMember(store, reference, weight, inference))
  }
  return {
    artifact,
    rule: { quorum: rule.quorum, deadband: rule.deadband, confirmations: rule.confirmations },
    members,
    timeframe: manifest.timeframe,
    symbols: manifest.symbols,
    label: manifest.label,
    labelEnd: Math.max(manifest.labelEnd, ...members.map((member) => member.manifest.labelEnd)),
    window: Math.max(...members.map((member) => member.fitted.window)),
    async dispose() {
      await Promise.all(members.map((member) => member.fitted.dispose()))
    },
  }
}

/** The members' predictions for each symbol of the source, combined into one signal a symbol. */
export async function predictSignals(
  ensemble: LoadedEnsemble,
  symbols: readonly string[],
  features: FeatureSource,
): Promise<Signal[]> {
  const opinions: MemberOpinion[][] = symbols.map(() => [])
  const times = new Float64Array(symbols.length).fill(NaN)
  for (const member of ensemble.members) {
    const latest = features(member.manifest.featureSet.name, member.fitted.window, symbols)
    const usable = symbols.flatMap((_, s) => (latest.samples[s]! >= 0 ? [s] : []))
    const samples = Int32Array.from(usable, (s) => latest.samples[s]!)
    const predictions =
      usable.length > 0
        ? await member.fitted.predict(latest.matrix, samples)
        : { prediction: new Float64Array(0) }
    const rowOf = new Map(usable.map((s, k) => [s, k]))
    symbols.forEach((_, s) => {
      times[s] = latest.time[s]!
      opinions[s]!.push({
        model: member.model,
        version: member.version,
        artifact: member.artifact,
        weight: member.weight,
        labelDeviation: member.manifest.labelDeviation,
        hitRate: member.manifest.hitRate,
        ...opinionOf(predictions, rowOf.get(s), member.fitted.quantiles),
        reason: latest.reasons[s],
      })
    })
  }
  const contexts = confirmationContexts(ensemble.rule, opinions, () => features('base', 1, symbols))
  return symbols.map((symbol, s) =>
    consensus(symbol, times[s]!, opinions[s]!, ensemble.rule, contexts[s]),
  )
}

/** What a member says of one row, of its outputs; nothing without a row. */
export function opinionOf(
  { prediction, probability, quantiles }: Predictions,
  row: number | undefined,
  levels: readonly number[] = [],
): Pick<MemberOpinion, 'prediction' | 'interval' | 'probability'> {
  if (row === undefined) return { prediction: undefined }
  const count = levels.length
  const at = (values: Float64Array, column: number, columns: number): number =>
    values[row * columns + column]!
  return {
    prediction: prediction[row],
    ...(quantiles &&
      count > 1 && {
        interval: {
          ends: [at(quantiles, 0, count), at(quantiles, count - 1, count)] as const,
          levels: [levels[0]!, levels[count - 1]!] as const,
        },
      }),
    ...(probability && {
      probability: [at(probability, 0, 3), at(probability, 1, 3), at(probability, 2, 3)] as const,
    }),
  }
}

/** What the confirmations look at, from features of `base`; nothing is computed where none is set. */
function confirmationContexts(
  { confirmations }: ConsensusRule,
  opinions: readonly (readonly MemberOpinion[])[],
  baseFeatures: () => LatestFeatures,
): (Confirmations | undefined)[] {
  const { volume, trend, rewardRisk } = confirmations
  if (!volume && !trend && rewardRisk === null) return opinions.map(() => undefined)
  const { matrix, samples } = baseFeatures()
  const column = (name: string): number => matrix.features.indexOf(name)
  const [volumeColumn, trendColumn, rangeColumn] = [
    column('relative_volume_20'),
    column('average_distance_60'),
    column('atr_14'),
  ]
  return opinions.map((votes, s) => {
    const row = samples[s]!
    if (row < 0) return undefined
    const value = (index: number): number | null => {
      const x = matrix.X[row * matrix.features.length + index]!
      return Number.isNaN(x) ? null : x
    }
    const voting = votes.filter((vote) => vote.prediction !== undefined)
    const expected = voting.reduce((sum, vote) => sum + vote.weight * vote.prediction!, 0)
    const range = value(rangeColumn)
    return {
      relativeVolume: value(volumeColumn),
      trend: value(trendColumn),
      rewardRisk: range === null || range <= 0 ? null : Math.abs(expected) / range,
    }
  })
}

async function loadMember(
  store: ArtifactStore,
  reference: MemberReference,
  weight: number,
  inference: InferenceOptions | undefined,
): Promise<LoadedMember> {
  const manifest = await store.manifest(reference.artifact)
  if (manifest.type !== 'model') {
    throw new QuorumError('INTEGRITY', {
      subject: `artifact ${reference.artifact}`,
      reason: 'a member must be a model, this is an ensemble',
    })
  }
  checkFeatures(manifest, reference.artifact)
  const files = await store.files(reference.artifact)
  const fitted = await findKind(manifest.kind).load(files, inference)
  return { ...reference, weight, manifest, fitted }
}

/** A set that is computed here must still be what the model was trained on; a file's columns are found by name. */
function checkFeatures(
  { featureSet: { name, fingerprint } }: ModelManifest,
  artifact: string,
): void {
  if (name === fileFeatures || featureSetFingerprint(findFeatureSet(name)) === fingerprint) return
  throw new QuorumError('INTEGRITY', {
    subject: `artifact ${artifact}`,
    reason: `feature set ${name} is defined differently now than when it was trained; retrain the model`,
  })
}
