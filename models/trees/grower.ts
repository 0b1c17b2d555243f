/**
 * Grows one tree depth-first on histograms. A node's histogram becomes its larger child's by taking away the smaller one's, so
 * only the smaller child's rows are counted. Splits whose gain stays below gamma are pruned from the leaves up after growing,
 * as XGBoost does; the learning rate is in the leaf values.
 */
import type { BinMapper } from './bin-mapper.ts'
import type { Tree } from './tree.ts'
import { histogramBytes, nodeBytes, type Workspace } from './workspace.ts'

export interface GrowOptions {
  readonly maxDepth: number
  readonly minChildWeight: number
  readonly lambda: number
  readonly gamma: number
  readonly learningRate: number
}

/** Thresholds of splits that only tell missing values from known ones: every known value lies below. */
const aboveEverything = 3.4028234663852886e38

/** Below these a gain is a rounding error (XGBoost's kRtEps), and a child is empty. */
const leastGain = 1e-6
const leastHessian = 1e-6

interface Node {
  readonly from: number
  readonly to: number
  readonly gradient: number
  readonly hessian: number
  readonly depth: number
  readonly index: number
  readonly slot: number
}

/** Grows on the rows at the front of the workspace's row list, `count` of them, and the features its mask allows. */
export function growTree(
  space: Workspace,
  count: number,
  mapper: BinMapper,
  options: GrowOptions,
): Tree {
  const { kernels, features, view } = space
  const { maxDepth, lambda } = options
  const minChildWeight = Math.max(options.minChildWeight, leastHessian)
  const tree = emptyTree()
  const bins: number[] = []
  const free = Array.from({ length: maxDepth + 2 }, (_, slot) => slot)
  const addressOf = (slot: number): number => space.histogramsAt + slot * features * histogramBytes

  const addNode = (gradient: number, hessian: number): number => {
    tree.feature.push(-1)
    tree.threshold.push(0)
    tree.missingLeft.push(0)
    tree.left.push(0)
    tree.value.push((-gradient / (hessian + lambda)) * options.learningRate)
    tree.gain.push(0)
    tree.cover.push(hessian)
    bins.push(0)
    return tree.feature.length - 1
  }

  const count0 = totals(space, count)
  const rootSlot = free.pop()!
  histogram(space, 0, count, addressOf(rootSlot))
  const pending: Node[] = [
    {
      ...count0,
      from: 0,
      to: count,
      depth: 0,
      index: addNode(count0.gradient, count0.hessian),
      slot: rootSlot,
    },
  ]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { from, to, gradient, hessian, depth, index, slot } = node
    if (hessian < 2 * minChildWeight) {
      free.push(slot)
      continue
    }
    kernels.findSplit(
      addressOf(slot),
      features,
      space.binCountsAt,
      space.maskAt,
      gradient,
      hessian,
      lambda,
      minChildWeight,
      space.splitAt,
    )
    const feature = view.getInt32(space.splitAt + 24, true)
    if (feature < 0 || !(view.getFloat64(space.splitAt, true) > leastGain)) {
      free.push(slot)
      continue
    }
    const bin = view.getInt32(space.splitAt + 28, true)
    const direction = view.getInt32(space.splitAt + 32, true)
    const left = {
      gradient: view.getFloat64(space.splitAt + 8, true),
      hessian: view.getFloat64(space.splitAt + 16, true),
    }
    const right = { gradient: gradient - left.gradient, hessian: hessian - left.hessian }
    // Where nothing was missing in training, a missing value goes the way of the many.
    const missingLeft =
      direction === 2 ? (left.hessian >= right.hessian ? 1 : 0) : (direction as 0 | 1)
    const middle = kernels.partitionRows(
      space.binsAt,
      features,
      space.rowsAt,
      space.scratchAt,
      from,
      to,
      feature,
      bin,
      missingLeft,
    )
    tree.feature[index] = feature
    tree.threshold[index] = mapper.cuts[feature]![bin] ?? aboveEverything
    tree.missingLeft[index] = missingLeft
    tree.gain[index] = view.getFloat64(space.splitAt, true)
    bins[index] = bin
    const leftIndex = addNode(left.gradient, left.hessian)
    const rightIndex = addNode(right.gradient, right.hessian)
    tree.left[index] = leftIndex
    // Children at the greatest depth are leaves: nobody reads their histograms.
    if (depth + 1 >= maxDepth) {
      free.push(slot)
      continue
    }
    const other = free.pop()!
    const leftSmaller = middle - from <= to - middle
    if (leftSmaller) histogram(space, from, middle, addressOf(other))
    else histogram(space, middle, to, addressOf(other))
    kernels.subtractHistogram(addressOf(slot), addressOf(other), features)
    pending.push({
      ...right,
      from: middle,
      to,
      depth: depth + 1,
      index: rightIndex,
      slot: leftSmaller ? slot : other,
    })
    pending.push({
      ...left,
      from,
      to: middle,
      depth: depth + 1,
      index: leftIndex,
      slot: leftSmaller ? other : slot,
    })
  }
  prune(tree, 0, options.gamma)
  return compact(tree)
}

/** Adds a tree to the margins of all rows of the workspace. */
export function addTree(space: Workspace, tree: Tree, mapper: BinMapper): void {
  const { view, nodesAt } = space
  tree.feature.forEach((feature, k) => {
    const at = nodesAt + k * nodeBytes
    view.setInt32(at, feature, true)
    view.setInt32(
      at + 4,
      feature < 0 ? 0 : binBelow(mapper.cuts[feature]!, tree.threshold[k]!),
      true,
    )
    view.setInt32(at + 8, tree.missingLeft[k]!, true)
    view.setInt32(at + 12, tree.left[k]!, true)
    view.setFloat64(at + 16, tree.value[k]!, true)
  })
  space.kernels.addTree(nodesAt, space.binsAt, space.features, 0, space.rows, space.marginsAt)
}

/** The last bin whose values all lie below a threshold that is one of the cuts. */
function binBelow(cuts: Float32Array, threshold: number): number {
  const at = cuts.indexOf(threshold)
  return at < 0 ? cuts.length : at
}

function totals(
  { gradients, rowList }: Workspace,
  count: number,
): { gradient: number; hessian: number } {
  let gradient = 0
  let hessian = 0
  for (let i = 0; i < count; i++) {
    const row = rowList[i]!
    gradient += gradients[2 * row]!
    hessian += gradients[2 * row + 1]!
  }
  return { gradient, hessian }
}

function histogram(space: Workspace, from: number, to: number, at: number): void {
  new Uint8Array(space.view.buffer, at, space.features * histogramBytes).fill(0)
  space.kernels.buildHistogram(
    space.binsAt,
    space.features,
    space.gradientsAt,
    space.rowsAt,
    from,
    to,
    at,
  )
}

function prune(tree: Tree, index: number, gamma: number): void {
  if (tree.feature[index]! < 0) return
  const left = tree.left[index]!
  prune(tree, left, gamma)
  prune(tree, left + 1, gamma)
  const leaves = tree.feature[left]! < 0 && tree.feature[left + 1]! < 0
  if (leaves && tree.gain[index]! < gamma) tree.feature[index] = -1
}

/** Drops pruned nodes and what a split does not need. */
function compact(tree: Tree): Tree {
  const kept = emptyTree()
  const copy = (from: number): void => {
    const split = tree.feature[from]! >= 0
    kept.feature.push(tree.feature[from]!)
    kept.threshold.push(split ? tree.threshold[from]! : 0)
    kept.missingLeft.push(split ? tree.missingLeft[from]! : 0)
    kept.left.push(0)
    kept.value.push(split ? 0 : tree.value[from]!)
    kept.gain.push(split ? tree.gain[from]! : 0)
    kept.cover.push(tree.cover[from]!)
  }
  copy(0)
  const sources = [0]
  for (let k = 0; k < sources.length; k++) {
    const from = sources[k]!
    if (tree.feature[from]! < 0) continue
    kept.left[k] = sources.length
    sources.push(tree.left[from]!, tree.left[from]! + 1)
    copy(tree.left[from]!)
    copy(tree.left[from]! + 1)
  }
  return kept
}

function emptyTree(): Tree {
  return { feature: [], threshold: [], missingLeft: [], left: [], value: [], gain: [], cover: [] }
}
