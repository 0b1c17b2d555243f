/** What a version's predictions come from, on the rows it would see: importance of features, and each symbol's newest row taken apart. */
import { createRng } from '../core/rng.ts'
import { QuorumError } from '../core/errors.ts'
import { findKind, type Explanation } from '../models/index.ts'
import type { Version } from '../registry/index.ts'
import { createDatasets } from './data/datasets.ts'
import type { Platform } from './platform.ts'

export interface ExplainedRow {
  readonly symbol: string
  readonly time: number
  /** Margin of each output: base and contributions added up. */
  readonly margins: readonly number[]
  /** Of the first output, the greatest first. */
  readonly contributions: readonly {
    readonly feature: string
    readonly value: number | null
    readonly shap: number
  }[]
}

export interface VersionExplanation {
  /** Rows that the averages are over. */
  readonly rows: number
  readonly base: readonly number[]
  readonly features: Explanation['features']
  readonly newest: readonly ExplainedRow[]
}

/** Rows explained: the newest of all symbols. */
const mostRows = 200

/**
 * @param symbols whose bars are looked at; those it was trained on where there are none. A model of a file is explained on that file.
 * @throws INVALID_VALUE for an ensemble or a kind that cannot explain itself
 */
export async function explainVersion(
  platform: Platform,
  version: Version,
  { symbols, top }: { readonly symbols: readonly string[] | undefined; readonly top: number },
): Promise<VersionExplanation> {
  const { artifacts } = platform
  const manifest = await artifacts.manifest(version.artifact)
  const kind = manifest.type === 'model' ? findKind(manifest.kind) : undefined
  if (kind?.explain === undefined || manifest.type !== 'model') {
    throw new QuorumError('INVALID_VALUE', {
      name: 'the model to explain',
      expected: 'one of trees',
      value: manifest.type === 'model' ? manifest.kind : 'an ensemble',
      remedy: manifest.type === 'model' ? '' : 'Name one of its members.',
    })
  }
  const { recipe } = version
  const datasets = await createDatasets(
    platform,
    {
      ...recipe,
      window: {},
      ...(recipe.dataset === undefined ? { symbols: [...(symbols ?? manifest.symbols)] } : {}),
    },
    () => undefined,
  )
  const { dataset } = await datasets(recipe.features, manifest.input.window)
  const newest = newestRows(dataset.symbol)
  const sampled = [...dataset.samples]
    .sort((a, b) => dataset.time[b]! - dataset.time[a]!)
    .slice(0, mostRows)
  const rows = Int32Array.from([...newest, ...sampled])
  const explained = kind.explain(await artifacts.files(version.artifact), {
    matrix: dataset,
    rows,
    rng: createRng(manifest.seed).stream('explain'),
  })
  const outputs = explained.base.length
  const width = dataset.features.length
  return {
    rows: rows.length,
    base: explained.base,
    features: explained.features.slice(0, top),
    newest: Array.from(newest, (row, i) => {
      const own = (k: number): Float64Array =>
        explained.contributions.subarray((i * outputs + k) * width, (i * outputs + k + 1) * width)
      return {
        symbol: dataset.symbols[dataset.symbol[row]!]!,
        time: dataset.time[row]!,
        margins: explained.base.map((base, k) => own(k).reduce((sum, shap) => sum + shap, base)),
        contributions: dataset.features
          .map((feature, k) => {
            const value = dataset.X[row * width + k]!
            return { feature, value: Number.isNaN(value) ? null : value, shap: own(0)[k]! }
          })
          .sort((a, b) => Math.abs(b.shap) - Math.abs(a.shap))
          .slice(0, top),
      }
    }),
  }
}

/** The last row of each symbol; rows are sorted by symbol, then time. */
function newestRows(symbol: Int32Array): Int32Array {
  return Int32Array.from(symbol.keys()).filter((row) => symbol[row] !== symbol[row + 1])
}
