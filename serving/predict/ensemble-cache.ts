/** Loaded ensembles by artifact id, the most recently used ones kept; concurrent requests share one load. */
import {
  loadEnsemble,
  type ArtifactStore,
  type InferenceOptions,
  type LoadedEnsemble,
} from '../../models/index.ts'
import type { Version } from '../../registry/index.ts'

const capacity = 32

interface Entry {
  readonly loading: Promise<LoadedEnsemble>
  users: number
}

export class EnsembleCache {
  readonly #artifacts: ArtifactStore
  readonly #inference: InferenceOptions
  readonly #entries = new Map<string, Entry>()

  constructor(artifacts: ArtifactStore, inference: InferenceOptions) {
    this.#artifacts = artifacts
    this.#inference = inference
  }

  /** Lends the ensemble of a version for one use; it is not disposed while it is lent. */
  async use<T>(version: Version, work: (ensemble: LoadedEnsemble) => Promise<T>): Promise<T> {
    const entry = this.#entry(version)
    entry.users++
    try {
      return await work(await entry.loading)
    } finally {
      entry.users--
    }
  }

  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map((entry) => disposeQuietly(entry)))
  }

  #entry(version: Version): Entry {
    // Two versions of one artifact differ in what their votes are called.
    const key = `${version.model}@${version.version}`
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const loading = loadEnsemble(
      this.#artifacts,
      version.artifact,
      version,
      version.members,
      this.#inference,
    )
    const entry: Entry = { loading, users: 0 }
    this.#entries.set(key, entry)
    loading.catch(() => this.#entries.delete(key))
    this.#evict()
    return entry
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= capacity) return
      if (entry.users > 0) continue
      this.#entries.delete(key)
      void disposeQuietly(entry)
    }
  }
}

async function disposeQuietly(entry: Entry): Promise<void> {
  const ensemble = await entry.loading.catch(() => undefined)
  await ensemble?.dispose()
}
