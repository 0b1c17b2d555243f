/** Importance of features: from the trees (XGBoost's gain, cover, weight: means a split, and their number), or by permuting a column. */
import type { Rng } from '../../../core/rng.ts'
import type { FeatureMatrix } from '../../../features/dataset.ts'
import type { GbdtModel } from '../model.ts'
import type { TreePredictor } from '../predictor.ts'

export interface Importance {
  readonly feature: string
  /** Mean loss reduction of its splits. */
  readonly gain: number
  /** Mean hessian of its splits. */
  readonly cover: number
  /** Number of its splits. */
  readonly weight: number
}

/** Every feature, the greatest sum of gains first. */
export function importance({
  trees,
  features,
}: Pick<GbdtModel, 'trees' | 'features'>): Importance[] {
  const [gain, cover, weight] = [0, 0, 0].map(() => new Float64Array(features.length))
  for (const tree of trees) {
    tree.feature.forEach((feature, node) => {
      if (feature < 0) return
      gain![feature]! += tree.gain[node]!
      cover![feature]! += tree.cover[node]!
      weight![feature]! += 1
    })
  }
  return features
    .map((feature, k) => {
      const splits = weight![k]!
      const mean = (sum: number): number => (splits === 0 ? 0 : sum / splits)
      return { feature, gain: mean(gain![k]!), cover: mean(cover![k]!), weight: splits }
    })
    .sort((a, b) => b.gain * b.weight - a.gain * a.weight)
}

/**
 * How far the margins of the rows move, in root mean square, when a feature's values are shuffled among them (Breiman, "Random forests", 2001, section 10,
 * on the output instead of the loss, so that it needs no labels). In the order of `features`.
 */
export function permutationImportance(
  predictor: TreePredictor,
  matrix: FeatureMatrix,
  rows: Int32Array,
  rng: Rng,
): Float64Array {
  const width = matrix.features.length
  const X = new Float32Array(rows.length * width)
  rows.forEach((row, i) => X.set(matrix.X.subarray(row * width, (row + 1) * width), i * width))
  const own = { rows: rows.length, features: matrix.features, X }
  const all = Int32Array.from(rows, (_, i) => i)
  const before = predictor.margins(own, all)
  return Float64Array.from(matrix.features, (name, column) => {
    const kept = Float32Array.from(all, (i) => X[i * width + column]!)
    const order = rng.stream(`permute/${name}`).permutation(rows.length)
    order.forEach((from, i) => (X[i * width + column] = kept[from]!))
    const after = predictor.margins(own, all)
    kept.forEach((value, i) => (X[i * width + column] = value))
    let squares = 0
    after.forEach((margin, i) => (squares += (margin - before[i]!) ** 2))
    return Math.sqrt(squares / after.length)
  })
}
