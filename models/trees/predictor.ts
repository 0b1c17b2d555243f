/**
 * Predictor: margins of raw rows. Trees lie as flat nodes in the memory of the compiled walker: eight rows go down a tree side by side, or eight trees
 * take one row, and sums run in the order of the trees, so a row's margin does not depend on its company. Trees with categories, or with splits that
 * only tell known from missing, are walked in plain TypeScript.
 */
import type { FeatureMatrix } from '../../features/dataset.ts'
import { loadKernels, sharedMemory, type Kernels } from './kernels/kernels.ts'
import type { GbdtModel } from './model.ts'
import { goesLeft, type Tree } from './tree.ts'

export interface TreePredictor {
  /**
   * Margins of the rows, `[rows, outputs]`.
   * @param refuse looks for an infinity in the rows and throws; it is asked where there may be one
   */
  margins(matrix: FeatureMatrix, rows: Int32Array, refuse?: Refuse): Float64Array
}

type Refuse = (matrix: FeatureMatrix, rows: Int32Array) => void
type Parts = Pick<GbdtModel, 'trees' | 'base'>

/** Rows prepared at a time: with their trees they stay in the second cache. */
const blockRows = 128
const nodeBytes = 16

export function createPredictor(model: Parts): TreePredictor {
  const plain = model.trees.some(
    ({ threshold, categories }) => categories !== undefined || threshold.includes(-Infinity),
  )
  if (plain) {
    return {
      margins(matrix, rows, refuse) {
        refuse?.(matrix, rows)
        return walkPlainly(model, matrix, rows)
      },
    }
  }
  let walker: Walker | undefined
  return {
    margins(matrix, rows, refuse) {
      walker ??= layTrees(model, matrix.features.length)
      return walk(walker, model.base, matrix, { rows, refuse })
    },
  }
}

interface Walker {
  readonly kernels: Kernels
  readonly trees: number
  readonly treesAt: number
  readonly sourceAt: number
  readonly preparedAt: number
  readonly marginsAt: number
  readonly source: Float32Array
  readonly margins: Float64Array
}

function layTrees({ trees, base }: Parts, width: number): Walker {
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0)
  const round = (bytes: number): number => Math.ceil(bytes / 64) * 64
  const nodesAt = 1024
  const treesAt = nodesAt + round(nodes * nodeBytes)
  const sourceAt = treesAt + round(trees.length * 8)
  const preparedAt = sourceAt + round(blockRows * width * 4)
  const marginsAt = preparedAt + round(blockRows * width * 8)
  const memory = sharedMemory(marginsAt + blockRows * base.length * 8)
  const view = new DataView(memory.buffer)
  let at = nodesAt
  trees.forEach((tree, k) => {
    view.setInt32(treesAt + 8 * k, at, true)
    view.setInt32(treesAt + 8 * k + 4, depthOf(tree), true)
    tree.feature.forEach((feature, node) => {
      const leaf = feature < 0
      const column = leaf ? 0 : feature + (tree.missingLeft[node] === 1 ? width : 0)
      const left = leaf ? node - 1 : tree.left[node]!
      view.setInt32(at + node * nodeBytes, column * 4, true)
      view.setFloat32(at + node * nodeBytes + 4, leaf ? NaN : tree.threshold[node]!, true)
      view.setInt32(at + node * nodeBytes + 8, at + left * nodeBytes, true)
      view.setFloat32(at + node * nodeBytes + 12, tree.value[node]!, true)
    })
    at += tree.feature.length * nodeBytes
  })
  return {
    kernels: loadKernels(memory),
    trees: trees.length,
    ...{ treesAt, sourceAt, preparedAt, marginsAt },
    source: new Float32Array(memory.buffer, sourceAt, blockRows * width),
    margins: new Float64Array(memory.buffer, marginsAt, blockRows * base.length),
  }
}

function walk(
  { kernels, trees, treesAt, sourceAt, preparedAt, marginsAt, source, margins }: Walker,
  base: readonly number[],
  matrix: FeatureMatrix,
  { rows, refuse }: { readonly rows: Int32Array; readonly refuse: Refuse | undefined },
): Float64Array {
  const width = matrix.features.length
  const outputs = base.length
  const out = new Float64Array(rows.length * outputs)
  for (let from = 0; from < rows.length; from += blockRows) {
    const count = Math.min(blockRows, rows.length - from)
    copyRows(matrix, rows, { from, to: from + count }, source)
    const isInfinite = kernels.prepareRows(sourceAt, width, count, preparedAt)
    if (isInfinite) refuse?.(matrix, rows)
    for (let i = 0; i < count * outputs; i++) margins[i] = base[i % outputs]!
    if (count === 1) kernels.walkTrees(treesAt, trees, preparedAt, outputs, marginsAt)
    else kernels.walkRows(treesAt, trees, preparedAt, width * 8, count, outputs, marginsAt)
    for (let i = 0; i < count * outputs; i++) out[from * outputs + i] = margins[i]!
  }
  return out
}

/** Whole runs of rows that follow each other: a copy of cells one by one takes as long as a third of the walk. */
function copyRows(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
  out: Float32Array,
): void {
  const width = features.length
  for (let first = from; first < to;) {
    let end = first + 1
    while (end < to && rows[end] === rows[end - 1]! + 1) end++
    const cell = rows[first]! * width
    const cells = (end - first) * width
    out.set(cells === X.length ? X : X.subarray(cell, cell + cells), (first - from) * width)
    first = end
  }
}

function depthOf({ feature, left }: Tree): number {
  const depths = new Int32Array(feature.length)
  let deepest = 0
  feature.forEach((one, node) => {
    if (one < 0) return
    const below = depths[node]! + 1
    depths.fill(below, left[node], left[node]! + 2)
    deepest = Math.max(deepest, below)
  })
  return deepest
}

function walkPlainly(
  { trees, base }: Parts,
  { X, features }: FeatureMatrix,
  rows: Int32Array,
): Float64Array {
  const outputs = base.length
  const out = new Float64Array(rows.length * outputs)
  rows.forEach((row, i) => {
    for (let k = 0; k < outputs; k++) out[i * outputs + k] = base[k]!
    trees.forEach((tree, k) => {
      const leaf = leafOf(tree, X, row * features.length)
      out[i * outputs + (k % outputs)]! += tree.value[leaf]!
    })
  })
  return out
}

/** The leaf that the row whose values begin at `cell` reaches. */
export function leafOf(tree: Tree, X: Float32Array, cell: number): number {
  let node = 0
  while (tree.feature[node]! >= 0) {
    const left = goesLeft(tree, node, X[cell + tree.feature[node]!]!)
    node = tree.left[node]! + (left ? 0 : 1)
  }
  return node
}
