/**
 * Exact SHAP values of trees (Lundberg, Erion, Lee, "Consistent individualized feature attribution for tree ensembles", 2018, algorithm 2): what each
 * feature adds to a row's margin, against what the trees give on average over the rows they were grown on (by cover). With the base value they add up to
 * the margin. As XGBoost's `pred_contribs`; cost a row: leaves × depth².
 */
import type { FeatureMatrix } from '../../../features/dataset.ts'
import type { GbdtModel } from '../model.ts'
import { goesLeft, type Tree } from '../tree.ts'

/** `[rows, outputs, features + 1]`; the last of each output is the base value, the same for every row. */
export function shapValues(
  { trees, base }: Pick<GbdtModel, 'trees' | 'base'>,
  matrix: FeatureMatrix,
  rows: Int32Array,
): Float64Array {
  const width = matrix.features.length
  const outputs = base.length
  const expected = trees.map(expectedValue)
  const out = new Float64Array(rows.length * outputs * (width + 1))
  rows.forEach((row, i) => {
    const values = matrix.X.subarray(row * width, (row + 1) * width)
    for (let k = 0; k < outputs; k++) out[(i * outputs + k + 1) * (width + 1) - 1] = base[k]!
    trees.forEach((tree, k) => {
      const at = (i * outputs + (k % outputs)) * (width + 1)
      const phi = out.subarray(at, at + width + 1)
      phi[width]! += expected[k]!
      if (tree.feature[0]! >= 0)
        descend({ tree, values, phi }, 0, [], { zero: 1, one: 1, feature: -1 })
    })
  })
  return out
}

/** Mean value of a tree over the rows it was grown on. */
function expectedValue({ feature, left, value, cover }: Tree): number {
  const mean = Float64Array.from(value)
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node]! < 0) continue
    const [a, b] = [left[node]!, left[node]! + 1]
    mean[node] = (mean[a]! * cover[a]! + mean[b]! * cover[b]!) / (cover[a]! + cover[b]!)
  }
  return mean[0]!
}

interface Walk {
  readonly tree: Tree
  readonly values: Float32Array
  readonly phi: Float64Array
}

/** A feature on the way down: the share of rows that goes on without knowing it, whether the row itself does, and the weight of subsets of its length. */
interface Step {
  readonly feature: number
  readonly zero: number
  readonly one: number
  weight: number
}

function descend(
  walk: Walk,
  node: number,
  parents: readonly Step[],
  { zero, one, feature }: { readonly zero: number; readonly one: number; readonly feature: number },
): void {
  const { tree, values, phi } = walk
  let path = extend(parents, zero, one, feature)
  const split = tree.feature[node]!
  if (split < 0) {
    for (let k = 1; k < path.length; k++) {
      const step = path[k]!
      const weight = unwound(path, k).reduce((sum, { weight }) => sum + weight, 0)
      phi[step.feature]! += weight * (step.one - step.zero) * tree.value[node]!
    }
    return
  }
  const left = tree.left[node]!
  const hot = goesLeft(tree, node, values[split]!) ? left : left + 1
  const cold = hot === left ? left + 1 : left
  // A feature met before leaves the path: its two shares multiply.
  const before = path.findIndex((step, k) => k > 0 && step.feature === split)
  const known = before < 0 ? { zero: 1, one: 1 } : path[before]!
  if (before >= 0) path = unwound(path, before)
  const share = (child: number): number =>
    (known.zero * tree.cover[child]!) / (tree.cover[left]! + tree.cover[left + 1]!)
  descend(walk, hot, path, { zero: share(hot), one: known.one, feature: split })
  descend(walk, cold, path, { zero: share(cold), one: 0, feature: split })
}

function extend(path: readonly Step[], zero: number, one: number, feature: number): Step[] {
  const length = path.length
  const longer = path.map((step) => ({ ...step }))
  longer.push({ feature, zero, one, weight: length === 0 ? 1 : 0 })
  for (let k = length - 1; k >= 0; k--) {
    longer[k + 1]!.weight += (one * longer[k]!.weight * (k + 1)) / (length + 1)
    longer[k]!.weight *= (zero * (length - k)) / (length + 1)
  }
  return longer
}

/** The path without step k, weights as if it had never been there. */
function unwound(path: readonly Step[], k: number): Step[] {
  const last = path.length - 1
  const { zero, one } = path[k]!
  const shorter = path.map((step) => ({ ...step }))
  let next = shorter[last]!.weight
  for (let j = last - 1; j >= 0; j--) {
    const own = shorter[j]!
    if (one !== 0) {
      const weight = own.weight
      own.weight = (next * (last + 1)) / ((j + 1) * one)
      next = weight - (own.weight * zero * (last - j)) / (last + 1)
    } else own.weight = (own.weight * (last + 1)) / (zero * (last - j))
  }
  const weights = shorter.slice(0, last).map(({ weight }) => weight)
  shorter.splice(k, 1)
  return shorter.map((step, j) => ({ ...step, weight: weights[j]! }))
}
