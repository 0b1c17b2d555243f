/**
 * Scaler: how a network reads its features, learned from the training rows only and kept inside the saved graph. In all forms a missing value (NaN) becomes 0, the
 * centre, and a column without variation is 0 whatever it holds later.
 *
 * `standard`: (x − mean) / deviation. `robust`: (x − median) / (interquartile range / 1.349), the deviation of a normal distribution with those quartiles, so that a few
 * extreme values change little. `rank`: the value's place among the training rows, uniform with deviation 1. The first two are clipped.
 */
import type { FeatureMatrix } from '../../features/dataset.ts'
import type { Knots } from '../graph/layers/piecewise.ts'
import { fitStandardiser, type Standardiser } from './standardiser.ts'

export type Scaling = 'standard' | 'robust' | 'rank'

export type Scaler =
  | { readonly type: 'linear'; readonly standardiser: Standardiser }
  | { readonly type: 'rank'; readonly curves: readonly Knots[] }

export interface ScalerOptions {
  readonly scaling: Scaling
  /** In deviations. */
  readonly clip: number
}

export function fitScaler(
  matrix: FeatureMatrix,
  rows: Int32Array,
  weight: Float64Array,
  { scaling, clip }: ScalerOptions,
): Scaler {
  if (scaling === 'standard')
    return { type: 'linear', standardiser: fitStandardiser(matrix, rows, weight, clip) }
  const columns = matrix.features.map((_, column) => sortedColumn(matrix, rows, weight, column))
  if (scaling === 'rank') return { type: 'rank', curves: columns.map(rankCurve) }
  return {
    type: 'linear',
    standardiser: {
      mean: columns.map((column) => quantileOf(column, 0.5)),
      deviation: columns.map((column) => {
        const range = quantileOf(column, 0.75) - quantileOf(column, 0.25)
        // Where half of the rows are equal, the range of all of them still tells a constant column from one that is not.
        return range > 0 ? range / 1.349 : (column.x.at(-1) ?? 0) - (column.x[0] ?? 0)
      }),
      clip,
    },
  }
}

/** Rows that order statistics are taken from: an even selection, which moves a quartile by less than its own standard error. */
const sampledRows = 100_000
/** Knots of a rank curve. */
const rankKnots = 33

/** Distinct values ascending, with the weight up to the middle of each as a share of all. */
interface Distribution {
  readonly x: readonly number[]
  readonly share: readonly number[]
}

function sortedColumn(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  weight: Float64Array,
  column: number,
): Distribution {
  const width = features.length
  const stride = Math.max(1, Math.ceil(rows.length / sampledRows))
  const used: number[] = []
  for (let i = 0; i < rows.length; i += stride) {
    const row = rows[i]!
    if (weight[row]! > 0 && !Number.isNaN(X[row * width + column]!)) used.push(row)
  }
  used.sort((a, b) => X[a * width + column]! - X[b * width + column]!)
  const total = used.reduce((sum, row) => sum + weight[row]!, 0)
  const x: number[] = []
  const share: number[] = []
  let below = 0
  for (let i = 0; i < used.length;) {
    const value = X[used[i]! * width + column]!
    let own = 0
    for (; i < used.length && X[used[i]! * width + column] === value; i++) own += weight[used[i]!]!
    x.push(value)
    share.push((below + own / 2) / total)
    below += own
  }
  return { x, share }
}

/** Straight between the middles of neighbouring values. */
function quantileOf({ x, share }: Distribution, q: number): number {
  const above = share.findIndex((value) => value >= q)
  if (above === -1) return x.at(-1) ?? 0
  if (above === 0) return x[0]!
  const part = (q - share[above - 1]!) / (share[above]! - share[above - 1]!)
  return x[above - 1]! + part * (x[above]! - x[above - 1]!)
}

function rankCurve(distribution: Distribution): Knots {
  const { x, share } = distribution
  if (x.length < 2) return { x: [0], y: [0] }
  const place = (value: number): number => (value - 0.5) * Math.sqrt(12)
  if (x.length <= rankKnots) return { x: [...x], y: share.map(place) }
  const knots = Array.from({ length: rankKnots }, (_, k) => k / (rankKnots - 1))
    .map((q) => ({ q, at: Math.fround(quantileOf(distribution, q)) }))
    .filter(({ at }, k, all) => k === 0 || at > all[k - 1]!.at)
  return { x: knots.map(({ at }) => at), y: knots.map(({ q }) => place(q)) }
}
