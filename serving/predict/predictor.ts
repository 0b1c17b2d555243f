/** Predictions by symbol (the server holds the features) and by raw tensors. */
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import {
  fileFeatures,
  VectorLog,
  vectorLogFolder,
  type LatestFeatures,
} from '../../features/index.ts'
import {
  combinePredictions,
  commonLevels,
  consensus,
  opinionOf,
  predictSignals,
  type CombinedPredictions,
  type LoadedEnsemble,
  type Predictions,
  type Signal,
} from '../../models/index.ts'
import type { Version } from '../../registry/index.ts'
import type { ServingContext } from '../context.ts'
import { EnsembleCache } from './ensemble-cache.ts'
import { FeatureService } from './feature-service.ts'
import { FeatureWatch, type SetDrift, type WatchedSignal } from './feature-watch.ts'
import { Recent } from './recent.ts'

export interface TensorPrediction extends CombinedPredictions {
  readonly direction: Int32Array
  readonly strength: Float64Array
  readonly confidence: Float64Array
}

export interface TensorShape {
  readonly window: number
  readonly features: readonly string[]
  readonly members: number
  /** Whether there are probabilities of down, flat and up. */
  readonly probability: boolean
  /** Levels of the quantiles, where there are any. */
  readonly levels?: readonly number[]
}

export interface ResolvedVersion {
  readonly version: Version
  readonly symbols: readonly string[]
}

export class Predictor {
  readonly #context: ServingContext
  readonly #ensembles: EnsembleCache
  readonly #features: FeatureService
  readonly #vectors: VectorLog | undefined
  readonly #watch: FeatureWatch
  readonly #versions: Recent<ResolvedVersion>
  /** Newest logged moment a (version, symbol): a prediction repeated on the same bar is logged once. */
  readonly #logged = new Map<string, number>()

  constructor(context: ServingContext) {
    this.#context = context
    this.#ensembles = new EnsembleCache(context.artifacts, context.config.inference)
    this.#vectors = openVectorLog(context)
    this.#features = new FeatureService(context.bars, context.clock, this.#vectors)
    this.#watch = new FeatureWatch(context)
    this.#versions = new Recent(context.clock)
  }

  /** The version a reference means now, with the symbols it was trained on. @throws UNKNOWN_NAME */
  resolve(model: string, reference?: string | number): Promise<ResolvedVersion> {
    return this.#versions.get(JSON.stringify([model, reference ?? null]), async () => {
      const version = await this.#context.registry.models.resolve(model, reference)
      const { symbols } = await this.#context.artifacts.manifest(version.artifact)
      return { version, symbols }
    })
  }

  async bySymbol(version: Version, symbols: readonly string[]): Promise<WatchedSignal[]> {
    return this.#ensembles.use(version, async (ensemble) => {
      refuseFileFeatures(version, ensemble)
      const source = await this.#features.source(ensemble, symbols)
      const served = new Map<string, LatestFeatures>()
      const signals = await predictSignals(ensemble, symbols, (set, window, asked) => {
        const latest = source(set, window, asked)
        served.set(set, latest)
        return latest
      })
      await this.#log(version, ensemble, signals)
      return this.#watch.observe(version, ensemble, signals, served)
    })
  }

  /** Drift of the features served of late, of every version that was asked for. */
  drift(): Promise<SetDrift[]> {
    return this.#watch.drift()
  }

  /** Shape of a version's input, the longest window of its members, and what its members give beside the prediction. */
  async shape(version: Version): Promise<TensorShape> {
    return this.#ensembles.use(version, (ensemble) => {
      const levels = commonLevels(ensemble.members)
      return Promise.resolve({
        window: ensemble.window,
        features: sharedFeatures(version, ensemble),
        members: ensemble.members.length,
        probability: ensemble.members.some(
          ({ weight, fitted }) => weight > 0 && fitted.outputs.includes('probability'),
        ),
        ...(levels && { levels }),
      })
    })
  }

  /** `X`: `[batch, window, features]`, each member reads the newest rows of its own window. */
  async byTensor(version: Version, X: Float32Array, batch: number): Promise<TensorPrediction> {
    return this.#ensembles.use(version, async (ensemble) => {
      const { window } = ensemble
      const features = sharedFeatures(version, ensemble)
      const samples = Int32Array.from({ length: batch }, (_, i) => (i + 1) * window - 1)
      const matrix = { rows: batch * window, features, X }
      const predictions: Predictions[] = []
      for (const { fitted } of ensemble.members)
        predictions.push(await fitted.predict(matrix, samples))
      const signals = Array.from({ length: batch }, (_, i) =>
        consensus(
          '',
          0,
          ensemble.members.map((member, k) => ({
            ...member,
            labelDeviation: member.manifest.labelDeviation,
            hitRate: member.manifest.hitRate,
            ...opinionOf(predictions[k]!, i, member.fitted.quantiles),
            reason: undefined,
          })),
          { ...ensemble.rule, confirmations: { volume: false, trend: false, rewardRisk: null } },
        ),
      )
      return {
        ...combinePredictions(ensemble.members, predictions),
        direction: Int32Array.from(signals, (signal) => signal.direction),
        strength: Float64Array.from(signals, (signal) => signal.strength),
        confidence: Float64Array.from(signals, (signal) => signal.confidence),
      }
    })
  }

  async dispose(): Promise<void> {
    await this.#vectors?.close()
    await this.#ensembles.dispose()
  }

  async #log(
    version: Version,
    ensemble: LoadedEnsemble,
    signals: readonly Signal[],
  ): Promise<void> {
    const fresh = signals.filter(
      (signal) => this.#logged.get(`${version.artifact}/${signal.symbol}`) !== signal.time,
    )
    if (fresh.length === 0) return
    await this.#context.registry.outcomes.log(fresh, ensemble)
    for (const signal of fresh)
      this.#logged.set(`${version.artifact}/${signal.symbol}`, signal.time)
  }
}

function openVectorLog({ config, clock, log }: ServingContext): VectorLog | undefined {
  if (config.features.log === 'none') return undefined
  let said = false
  return new VectorLog(vectorLogFolder(config.dataDir), {
    name: `${clock.now()}-${process.pid}`,
    onError(error, vectors) {
      if (said) log.debug({ vectors, reason: error.message }, 'feature vectors not logged')
      else log.error({ vectors, reason: error.message }, 'feature vectors not logged')
      said = true
    },
  })
}

function refuseFileFeatures({ model }: Version, ensemble: LoadedEnsemble): void {
  const ofFile = ensemble.members.some((member) => member.manifest.featureSet.name === fileFeatures)
  if (!ofFile) return
  throw new QuorumError('CONFLICT', {
    reason: `Model ${model} was trained on a dataset file, so the server has no features for it. Send tensors to /v2/models/${model}/infer.`,
  })
}

function sharedFeatures({ model }: Version, ensemble: LoadedEnsemble): readonly string[] {
  const [first, ...rest] = ensemble.members.map((member) => member.manifest.input.features)
  const same = rest.every((features) => features.join() === first!.join())
  check(
    same,
    `the feature sets of ${model}`,
    'the same for all members to predict from one tensor',
    'different ones',
  )
  return first!
}
