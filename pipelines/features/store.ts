/** Brings stored features of a set up to the stored bars, and says what is stored. */
import {
  FeatureStore,
  featureStoreFolder,
  findFeatureSet,
  knownFeatureSets,
  type StoredSet,
  type UpdateReport,
} from '../../features/index.ts'
import { groupCodes } from '../../market/index.ts'
import type { RunProgress } from '../../registry/index.ts'
import { ensureSymbols } from '../data/ensure-symbols.ts'
import { codeFingerprint } from '../train/code-fingerprint.ts'
import type { Platform } from '../platform.ts'

export interface StoreRequest {
  readonly sets: readonly string[]
  readonly symbols: readonly string[]
  readonly timeframe: string
  /** Remove first what is stored of sets as they no longer are. */
  readonly prune: boolean
}

export interface StoreResult extends UpdateReport {
  readonly pruned: number
  readonly seconds: number
}

export function openFeatureStore(dataDir: string): FeatureStore {
  return new FeatureStore(featureStoreFolder(dataDir), { engine: codeFingerprint() })
}

export function listStoredFeatures(dataDir: string): Promise<readonly StoredSet[]> {
  return openFeatureStore(dataDir).list()
}

/** @throws UNKNOWN_NAME, BAD_DATA, INVALID_VALUE, FOLDER_UNWRITABLE */
export async function storeFeatures(
  platform: Platform,
  { sets, symbols, timeframe, prune }: StoreRequest,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: RunProgress) => void },
): Promise<StoreResult> {
  const began = performance.now()
  const { bars, dataDir } = platform
  const store = openFeatureStore(dataDir)
  const found = sets.map(findFeatureSet)
  const pruned = prune ? await store.prune(knownFeatureSets()) : []
  await ensureSymbols(platform, symbols)
  const groups = groupCodes(await Promise.all(symbols.map((symbol) => bars.instrument(symbol))))
  const total = { computed: 0, appended: 0, unchanged: 0, rows: 0 }
  for (const [k, set] of found.entries()) {
    const report = await store.update({
      ...{ set, timeframe, symbols, groups, signal },
      bars: (names) => bars.read({ symbols: names, timeframe }),
      onProgress: (done) => {
        const before = k * symbols.length
        onProgress({ stage: 'features', done: before + done, total: found.length * symbols.length })
      },
    })
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report[key]
  }
  return { ...total, pruned: pruned.length, seconds: (performance.now() - began) / 1_000 }
}
