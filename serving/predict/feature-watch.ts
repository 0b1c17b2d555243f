/**
 * Watches the features behind served predictions: how unlike the training each vector is, and how far the newest rows of
 * a model have drifted. One watch a (version, feature set); the members of an ensemble that share a set were trained on
 * the same rows, so the first of them stands for all.
 */
import type { Config } from '../../core/config/index.ts'
import type { Log } from '../../core/log.ts'
import {
  createDissimilarity,
  DriftWindow,
  type Dissimilarity,
  type FeatureDrift,
  type LatestFeatures,
} from '../../features/index.ts'
import {
  readReference,
  type ArtifactStore,
  type LoadedEnsemble,
  type Signal,
} from '../../models/index.ts'
import type { Version } from '../../registry/index.ts'

export interface WatchedSignal extends Signal {
  /** Distance to the nearest training row over the training's mean distance; of the set where it is greatest. */
  readonly dissimilarity?: number
  /** Only where true: the vector is farther than nearly all training rows are from each other. */
  readonly outOfDistribution?: true
}

export interface SetDrift {
  readonly model: string
  readonly version: number
  readonly set: string
  /** Empty before the window is full. */
  readonly features: readonly FeatureDrift[]
}

interface Watch {
  readonly set: string
  readonly dissimilarity: Dissimilarity | undefined
  readonly window: DriftWindow
  /** Newest row of each symbol in the window: a prediction repeated on the same bar counts once. */
  readonly newest: Map<string, number>
}

interface Entry {
  readonly version: Version
  readonly loading: Promise<readonly Watch[]>
}

/** Versions watched at once, the most recently used ones. */
const capacity = 32

interface WatchServices {
  readonly artifacts: ArtifactStore
  readonly config: Pick<Config, 'features'>
  readonly log: Log
}

export class FeatureWatch {
  readonly #services: WatchServices
  readonly #entries = new Map<string, Entry>()

  /** `config`: limits of drift, and how many of the newest rows it is measured over. */
  constructor(services: WatchServices) {
    this.#services = services
  }

  /** `served`: what the prediction read, by feature set, in the order of the signals. */
  async observe(
    version: Version,
    ensemble: LoadedEnsemble,
    signals: readonly Signal[],
    served: ReadonlyMap<string, LatestFeatures>,
  ): Promise<WatchedSignal[]> {
    const watches = await this.#watches(version, ensemble)
    const marked: WatchedSignal[] = [...signals]
    for (const watch of watches) {
      const latest = served.get(watch.set)
      if (latest === undefined) continue
      let fresh = 0
      signals.forEach(({ symbol, time }, s) => {
        const row = latest.samples[s]!
        if (row < 0) return
        const width = latest.matrix.features.length
        const values = latest.matrix.X.subarray(row * width, (row + 1) * width)
        marked[s] = mark(marked[s]!, watch.dissimilarity, values)
        if (watch.newest.get(symbol) === time) return
        watch.newest.set(symbol, time)
        watch.window.push(values)
        fresh++
      })
      if (fresh > 0) this.#tell(version, watch)
    }
    return marked
  }

  async drift(): Promise<SetDrift[]> {
    const parts = [...this.#entries.values()].map(async ({ version, loading }) => {
      const { model, version: number } = version
      return (await loading).map(({ set, window }) => {
        return { model, version: number, set, features: window.measure() }
      })
    })
    return (await Promise.all(parts)).flat()
  }

  #tell({ model, version }: Version, { set, window }: Watch): void {
    for (const { feature, state, before, psi, ksPValue, missingRise } of window.changes()) {
      const facts = { model, version, set, feature, state, before, psi, ksPValue, missingRise }
      if (state === 'ok') this.#services.log.info(facts, 'feature is again as in training')
      else this.#services.log.warn(facts, 'feature has drifted from training')
    }
  }

  #watches(version: Version, ensemble: LoadedEnsemble): Promise<readonly Watch[]> {
    const key = `${version.model}@${version.version}`
    const known = this.#entries.get(key)
    this.#entries.delete(key)
    const entry = known ?? { version, loading: this.#load(ensemble) }
    this.#entries.set(key, entry)
    if (known === undefined) entry.loading.catch(() => this.#entries.delete(key))
    if (this.#entries.size > capacity) this.#entries.delete(this.#entries.keys().next().value!)
    return entry.loading
  }

  async #load({ members }: LoadedEnsemble): Promise<readonly Watch[]> {
    const { windowRows, ...limits } = this.#services.config.features.drift
    const watches = new Map<string, Watch>()
    for (const { artifact, manifest } of members) {
      const set = manifest.featureSet.name
      if (watches.has(set)) continue
      const reference = readReference(await this.#services.artifacts.files(artifact))
      if (reference === undefined) continue
      const dissimilarity = createDissimilarity(reference)
      const window = new DriftWindow(reference, { windowRows, limits })
      watches.set(set, { set, dissimilarity, window, newest: new Map() })
    }
    return [...watches.values()]
  }
}

function mark(
  signal: WatchedSignal,
  index: Dissimilarity | undefined,
  values: Float32Array,
): WatchedSignal {
  if (index === undefined) return signal
  const here = index.of(values)
  return {
    ...signal,
    dissimilarity: Math.max(signal.dissimilarity ?? 0, here),
    ...(here > index.threshold && { outOfDistribution: true as const }),
  }
}
