/** Datasets of a recipe: from stored bars or from a file, one a (feature set, window), built once and shared by members. */
import { availableParallelism } from 'node:os'
import { QuorumError } from '../../core/errors.ts'
import {
  buildDatasetShared,
  featureSetFingerprint,
  fileFeatures,
  findFeatureSet,
  parseLabel,
  type Dataset,
} from '../../features/index.ts'
import { groupCodes, timeZone } from '../../market/index.ts'
import type { ModelManifest } from '../../models/index.ts'
import type { DatasetFile, Recipe } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'
import { barReturns } from './bar-returns.ts'
import { readDatasetFile } from './dataset-file.ts'
import { ensureSymbols } from './ensure-symbols.ts'

export interface NamedDataset {
  readonly dataset: Dataset
  readonly featureSet: ModelManifest['featureSet']
  /** Log return of the bar of each row; absent for rows of a file. */
  readonly barReturns?: () => Float64Array
}

export type DatasetSource = (features: string, window: number) => Promise<NamedDataset>

/** `note` hears of columns that are left out. */
export async function createDatasets(
  platform: Platform,
  recipe: Recipe,
  note: (line: string) => void,
): Promise<DatasetSource> {
  const build =
    recipe.dataset === undefined ? await fromBars(platform, recipe) : fromFile(recipe.dataset, note)
  const built = new Map<string, Promise<NamedDataset>>()
  return (features, window) => {
    const key = `${features}/${window}`
    const existing = built.get(key)
    if (existing !== undefined) return existing
    const made = build(features, window)
    built.set(key, made)
    return made
  }
}

async function fromBars(platform: Platform, recipe: Recipe): Promise<DatasetSource> {
  const { bars: store } = platform
  const { symbols, timeframe } = recipe
  const label = parseLabel(recipe.label)
  await ensureSymbols(platform, symbols)
  const instruments = await Promise.all(symbols.map((symbol) => store.instrument(symbol)))
  const { from, to } = await resolveWindow(platform, recipe, instruments[0]!.timeZone)
  const bars = await store.read({ symbols, timeframe, to })
  const groups = groupCodes(instruments)
  const start =
    from === undefined
      ? undefined
      : timeZone(instruments[0]!.timeZone).toUtc(Date.parse(`${from}T00:00:00Z`))
  return async (features, window) => {
    const set = findFeatureSet(features)
    const request = {
      symbols,
      bars,
      groups,
      set,
      label,
      window,
      ...(start === undefined ? {} : { from: start }),
    }
    const threads = platform.config.training.workers ?? availableParallelism()
    const dataset = await buildDatasetShared(request, threads)
    const featureSet = {
      name: set.name,
      version: set.version,
      fingerprint: featureSetFingerprint(set),
    }
    return { dataset, featureSet, barReturns: () => barReturns(dataset, bars) }
  }
}

/** Dates of the training window; an open end is the newest closed bar. */
async function resolveWindow(
  { bars, clock }: Platform,
  { window, symbols, timeframe }: Recipe,
  zone: string,
): Promise<{ from?: string | undefined; to?: string | undefined }> {
  if ('expanding' in window) return { from: window.expanding.from }
  if ('rolling' in window) {
    const covers = await Promise.all(symbols.map((symbol) => bars.coverage(symbol)))
    const last = Math.max(
      ...covers
        .flat()
        .filter((one) => one.timeframe === timeframe)
        .map((one) => one.last),
    )
    if (last === -Infinity)
      throw new QuorumError('NO_ROWS', {
        source: symbols.join(', '),
        reason: `the store holds no ${timeframe} bar`,
      })
    const end = Math.min(last, clock.now())
    return { from: timeZone(zone).dateAt(end - window.rolling.days * 86_400_000) }
  }
  if (window.from !== undefined && window.to !== undefined && window.from > window.to) {
    throw new QuorumError('INVALID_VALUE', {
      name: 'window.from',
      expected: `not after window.to (${window.to})`,
      value: window.from,
      remedy: '',
    })
  }
  return window
}

function fromFile(file: DatasetFile, note: (line: string) => void): DatasetSource {
  let said = false
  return async (_features, window) => {
    const { dataset, ignored } = await readDatasetFile(file, window)
    if (ignored.length > 0 && !said)
      note(`${file.file}: columns that hold no numbers are ignored: ${ignored.join(', ')}`)
    said = true
    return {
      dataset,
      featureSet: { name: fileFeatures, version: 1, fingerprint: dataset.fingerprint },
    }
  }
}
