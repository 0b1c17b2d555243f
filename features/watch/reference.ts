/**
 * Reference distribution: what the features looked like in the rows a model was trained on, small enough to be kept in
 * its artifact. Drift (`drift.ts`) and dissimilarity (`dissimilarity.ts`) compare served vectors with it. It is made of
 * the rows it is given and of no other: handed the training rows it holds nothing of validation, test or later data.
 */
import { checkInteger } from '../../core/checks.ts'
import { lowerBound } from '../../core/frame.ts'
import type { Rng } from '../../core/rng.ts'
import type { FeatureMatrix } from '../dataset.ts'

export interface FeatureReference {
  /** Ascending and distinct: bin k holds edges[k − 1] < x ≤ edges[k], the first and last bin are open. */
  readonly edges: readonly number[]
  /** Known values a bin, `edges.length + 1` of them. */
  readonly counts: readonly number[]
  /** Rows without a value. */
  readonly missing: number
  /** Of the values after winsorising; 0 where there is none. */
  readonly mean: number
  /** Population standard deviation of the same; 0 for a feature that does not vary. */
  readonly deviation: number
}

export interface Reference {
  /** Rows that were described. */
  readonly rows: number
  readonly features: readonly string[]
  /** One a feature, in the order of `features`. */
  readonly columns: readonly FeatureReference[]
  /** Standardised rows, `[sampleRows, features]` row-major; a missing value is 0, the mean. */
  readonly sample: Float32Array
  readonly sampleRows: number
}

export interface ReferenceOptions {
  /** Bins of equal share where values do not repeat; 2 … 64. */
  readonly bins?: number
  /** Rows kept for the dissimilarity at most. */
  readonly sampleRows?: number
  /** Share of the values at each end that is pulled in before mean and deviation are taken. */
  readonly winsorShare?: number
}

const defaultBins = 20
const defaultSampleRows = 512
const defaultWinsorShare = 0.01

/**
 * `rows`: rows of `X` to describe, the training rows. NaN and ±Infinity count as missing. The sample is drawn without
 * replacement by `rng`: the same data and seed give the same bytes. @throws INVALID_VALUE without rows.
 */
export function describeReference(
  matrix: FeatureMatrix,
  rows: Int32Array,
  rng: Rng,
  {
    bins = defaultBins,
    sampleRows = defaultSampleRows,
    winsorShare = defaultWinsorShare,
  }: ReferenceOptions = {},
): Reference {
  checkInteger('rows of the reference', rows.length, { min: 1 })
  checkInteger('bins', bins, { min: 2, max: 64 })
  checkInteger('sampleRows', sampleRows, { min: 2 })
  const columns = matrix.features.map((_, column) =>
    describeColumn(knownValues(matrix, rows, column), rows.length, { bins, winsorShare }),
  )
  const chosen = chooseRows(rows, sampleRows, rng)
  return {
    rows: rows.length,
    features: [...matrix.features],
    columns,
    sample: standardisedRows(matrix, chosen, columns),
    sampleRows: chosen.length,
  }
}

/** One row in the units of the sample, into `out`: a missing value and a feature without variation are 0. */
export function standardise(
  values: Float32Array,
  columns: readonly FeatureReference[],
  out: Float32Array,
): void {
  for (let k = 0; k < columns.length; k++) {
    const { mean, deviation } = columns[k]!
    const x = values[k]!
    out[k] = Number.isFinite(x) && deviation > 0 ? (x - mean) / deviation : 0
  }
}

/** Known values ascending; the typed array's sort is numeric. */
function knownValues(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  column: number,
): Float32Array {
  const width = features.length
  const values = new Float32Array(rows.length)
  let count = 0
  for (const row of rows) {
    const x = X[row * width + column]!
    if (Number.isFinite(x)) values[count++] = x
  }
  return values.subarray(0, count).sort()
}

function describeColumn(
  sorted: Float32Array,
  total: number,
  { bins, winsorShare }: { bins: number; winsorShare: number },
): FeatureReference {
  const edges = quantileEdges(sorted, bins)
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const x of sorted) counts[lowerBound(edges, x)]!++
  return { edges, counts, missing: total - sorted.length, ...winsorised(sorted, winsorShare) }
}

/**
 * Values of the sample at the shares k / bins (the inverse of the empirical distribution), equal ones merged. The
 * greatest value is no edge: above it there would be a bin that no training row is in.
 */
function quantileEdges(sorted: Float32Array, bins: number): number[] {
  const edges: number[] = []
  const greatest = sorted.at(-1)
  for (let k = 1; k < bins && sorted.length > 0; k++) {
    const x = sorted[Math.ceil((k * sorted.length) / bins) - 1]!
    if (x !== edges.at(-1) && x !== greatest) edges.push(x)
  }
  // A constant keeps its value as an edge, so that anything above it is seen to have left.
  if (edges.length === 0 && greatest !== undefined) edges.push(greatest)
  return edges
}

function winsorised(sorted: Float32Array, share: number): { mean: number; deviation: number } {
  const n = sorted.length
  if (n === 0) return { mean: 0, deviation: 0 }
  const cut = Math.floor(n * share)
  const inner = momentsWithin(sorted, sorted[cut]!, sorted[n - 1 - cut]!)
  // A value that occurs in fewer rows than are pulled in (a rare event) would be taken for a constant.
  return inner.deviation > 0 ? inner : momentsWithin(sorted, sorted[0]!, sorted[n - 1]!)
}

function momentsWithin(
  values: Float32Array,
  low: number,
  high: number,
): { mean: number; deviation: number } {
  let sum = 0
  for (const x of values) sum += Math.min(Math.max(x, low), high)
  const mean = sum / values.length
  let squares = 0
  for (const x of values) squares += (Math.min(Math.max(x, low), high) - mean) ** 2
  // Of a constant, the rounding of the mean is all that is left.
  return { mean, deviation: low === high ? 0 : Math.sqrt(squares / values.length) }
}

/** Without replacement, ascending (Floyd's method, Bentley and Floyd 1987): the cost follows what is kept. */
function chooseRows(rows: Int32Array, most: number, rng: Rng): Int32Array {
  if (rows.length <= most) return rows
  const chosen = new Set<number>()
  for (let last = rows.length - most; last < rows.length; last++) {
    const drawn = rng.integer(last + 1)
    chosen.add(chosen.has(drawn) ? last : drawn)
  }
  return Int32Array.from(chosen, (at) => rows[at]!).sort()
}

function standardisedRows(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  columns: readonly FeatureReference[],
): Float32Array {
  const width = features.length
  const sample = new Float32Array(rows.length * width)
  rows.forEach((row, k) => {
    standardise(
      X.subarray(row * width, (row + 1) * width),
      columns,
      sample.subarray(k * width, (k + 1) * width),
    )
  })
  return sample
}
