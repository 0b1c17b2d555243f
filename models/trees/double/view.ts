/** How a sub-model of a DoubleEnsemble sees the training set: weights of its rows, and the features that it is shown. */
import type { Rng } from '../../../core/rng.ts'
import type { Dataset } from '../../../features/dataset.ts'
import { yieldToEvents } from '../../interruption.ts'
import { leafOf } from '../predictor.ts'
import type { Tree } from '../tree.ts'
import { predictMembers, type DoubleMember } from './double-model.ts'
import type { DoubleParams } from './double-params.ts'
import { selectFeatures } from './feature-selection.ts'
import { ranks, sampleWeights } from './sample-weights.ts'

export interface View {
  /** A training row each, mean 1. */
  readonly weights: Float64Array
  readonly shown: readonly number[]
}

/** How the next sub-model sees the training set: everything at first, then by what the ones before it have learned. */
export async function nextView(
  dataset: Dataset,
  params: DoubleParams,
  {
    train,
    members,
    rng,
    signal,
  }: {
    readonly train: Int32Array
    readonly members: readonly DoubleMember[]
    readonly rng: Rng
    readonly signal: AbortSignal
  },
): Promise<View> {
  const all = Array.from(dataset.features, (_, feature) => feature)
  const same: View = { weights: new Float64Array(train.length).fill(1), shown: all }
  const last = members.at(-1)
  if (last === undefined) return same
  const labels = Float64Array.from(train, (row) => dataset.y[row]!)
  const lossOf = (predicted: Float64Array): Float64Array =>
    predicted.map((value, i) => (value - labels[i]!) ** 2)
  const predict = predictMembers(members)
  const loss = lossOf(predict(dataset, train))
  const breathe = (): Promise<void> => yieldToEvents(signal, 'the tree fit')
  const weights = params.enable_sr
    ? sampleWeights(
        { ...(await trajectory(last, dataset, train, lossOf, breathe)), loss },
        {
          ...{ alpha1: params.alpha1, alpha2: params.alpha2, bins: params.bins_sr },
          ...{ decay: params.decay, models: members.length },
        },
      )
    : same.weights
  if (!params.enable_fs) return { weights, shown: all }
  const draws = rng.stream(`features/${members.length}`)
  const width = dataset.features.length
  const X = new Float32Array(train.length * width)
  train.forEach((row, i) => X.set(dataset.X.subarray(row * width, (row + 1) * width), i * width))
  const matrix = { rows: train.length, features: dataset.features, X }
  const rows = Int32Array.from(train, (_, i) => i)
  const losses: Float64Array[] = []
  for (const feature of all) {
    const order = draws.stream(`shuffle/${feature}`).permutation(rows.length)
    losses.push(lossOf(shuffledColumn(matrix, feature, order, () => predict(matrix, rows))))
    await breathe()
  }
  const shown = selectFeatures(
    width,
    { loss, shuffled: (feature) => losses[feature]! },
    { shares: params.sample_ratios, rng: draws },
  )
  return { weights, shown }
}

/** What `look` sees while a column is shuffled. */
function shuffledColumn(
  { X, features }: { readonly X: Float32Array; readonly features: readonly string[] },
  feature: number,
  order: Int32Array,
  look: () => Float64Array,
): Float64Array {
  const width = features.length
  const kept = Float32Array.from(order, (_, i) => X[i * width + feature]!)
  order.forEach((from, i) => (X[i * width + feature] = kept[from]!))
  const seen = look()
  kept.forEach((value, i) => (X[i * width + feature] = value))
  return seen
}

/** Mean ranks of the rows' losses over the first and the last tenth of a sub-model's rounds. */
async function trajectory(
  { trees, base }: DoubleMember,
  dataset: Dataset,
  train: Int32Array,
  lossOf: (predicted: Float64Array) => Float64Array,
  breathe: () => Promise<void>,
): Promise<{ readonly early: Float64Array; readonly late: Float64Array }> {
  const part = Math.max(1, Math.floor(trees.length / 10))
  const margins = new Float64Array(train.length).fill(base)
  const early = new Float64Array(train.length)
  const late = new Float64Array(train.length)
  const add = (sum: Float64Array): void =>
    ranks(lossOf(margins)).forEach((rank, i) => (sum[i]! += rank / part))
  // A sub-model that stopped before its first tree has one point: its base.
  if (trees.length === 0) {
    add(early)
    add(late)
  }
  for (const [round, tree] of trees.entries()) {
    addTree(margins, tree, dataset, train)
    if (round < part) add(early)
    if (round >= trees.length - part) add(late)
    if (round < part || round >= trees.length - part) await breathe()
  }
  return { early, late }
}

/** Plainly, a tree at a time: the margins after every round are wanted. */
function addTree(
  margins: Float64Array,
  tree: Tree,
  { X, features }: Dataset,
  rows: Int32Array,
): void {
  rows.forEach((row, i) => (margins[i]! += tree.value[leafOf(tree, X, row * features.length)]!))
}
