/**
 * Scaler: how a network reads its features, learned from the training rows only and kept inside the saved graph. In all forms a missing value (NaN) becomes 0, the
 * centre, and a column without variation is 0 whatever it holds later.
 *
 * `standard`: (x − mean) / deviation. `robust`: (x − median) / (interquartile range / 1.349), the deviation of a normal distribution with those quartiles, so that a few
 * extreme values change little. `rank`: the value's place among the training rows, uniform with deviation 1. The first two are clipped.
 */
import type { FeatureMatrix } from '../../features/dataset.ts'
import type { Knots } from '../graph/layers/piecewise.ts'
import { yieldToEvents } from '../interruption.ts'
import { fitStandardiser, relativeFloor, type Standardiser } from './standardiser.ts'

export type Scaler =
  | { readonly type: 'linear'; readonly standardiser: Standardiser }
  | { readonly type: 'rank'; readonly curves: readonly Knots[] }

export interface ScalerOptions {
  readonly scaling: 'standard' | 'robust' | 'rank'
  /** In deviations. */
  readonly clip: number
}

export async function fitScaler(
  matrix: FeatureMatrix,
  rows: Int32Array,
  weight: Float64Array,
  { scaling, clip }: ScalerOptions,
  signal: AbortSignal,
): Promise<Scaler> {
  const standardiser = fitStandardiser(matrix, rows, weight, clip)
  if (scaling === 'standard') return { type: 'linear', standardiser }
  const columns: Distribution[] = []
  for (let column = 0; column < matrix.features.length; column++) {
    columns.push(sortedColumn(matrix, rows, weight, column))
    await yieldToEvents(signal, 'the training')
  }
  if (scaling === 'rank') return { type: 'rank', curves: columns.map(rankCurve) }
  return {
    type: 'linear',
    standardiser: {
      mean: columns.map((column) => quantileOf(column, 0.5)),
      deviation: columns.map((column, i) => {
        const range = quantileOf(column, 0.75) - quantileOf(column, 0.25)
        const noise = Math.abs(quantileOf(column, 0.5)) * relativeFloor
        // Where half of the rows are equal, the standard deviation still tells a constant column from one that is not.
        return range > noise ? range / 1.349 : standardiser.deviation[i]!
      }),
      clip,
    },
  }
}

/** Rows that order statistics are taken from: an even selection, which moves a quartile by less than its own standard error. */
const sampledRows = 100_000 // below 2²⁰, see `ascending`
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
  const values = Float32Array.from(used, (row) => X[row * width + column]!)
  const order = ascending(values)
  const total = used.reduce((sum, row) => sum + weight[row]!, 0)
  const x: number[] = []
  const share: number[] = []
  let below = 0
  for (let i = 0; i < order.length;) {
    const value = values[order[i]!]!
    let own = 0
    for (; i < order.length && values[order[i]!] === value; i++) own += weight[used[order[i]!]!]!
    x.push(value)
    share.push((below + own / 2) / total)
    below += own
  }
  return { x, share }
}

/** Indices in the order of their values. The float's bits, made monotone, stand above the index in one number, so that a typed array sorts both without a callback. */
function ascending(values: Float32Array): Uint32Array {
  const bits = new Int32Array(values.buffer)
  const keys = Float64Array.from(bits, (word, i) => {
    const monotone = word < 0 ? -(word & 0x7f_ff_ff_ff) : word
    return monotone * 2 ** 20 + i
  }).sort()
  return Uint32Array.from(keys, (key) => key - Math.floor(key / 2 ** 20) * 2 ** 20)
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
  // From the middle of the least value's rows to that of the greatest's, so that ties at the ends count like ties within.
  const [low, high] = [share[0]!, share.at(-1)!]
  const knots: { readonly q: number; readonly at: number }[] = []
  for (let k = 0; k < rankKnots; k++) {
    const q = low + ((high - low) * k) / (rankKnots - 1)
    const at = Math.fround(quantileOf(distribution, q))
    const before = knots.at(-1)?.at ?? -Infinity
    if (at - before > Math.max(Math.abs(at) * relativeFloor, 1e-30)) knots.push({ q, at })
  }
  return { x: knots.map(({ at }) => at), y: knots.map(({ q }) => place(q)) }
}
