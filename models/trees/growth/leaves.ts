/** The end of a tree: exact sums of its leaves, weights, and their way into the margins of all rows. */
import { codeBelow } from '../bin-mapper.ts'
import type { Tree } from '../tree.ts'
import type { Crew } from './crew.ts'
import { keptNodes, toTree, type Growth } from './growth.ts'
import type { Scales } from './stages/gradients.ts'
import { walkNodeBytes } from './layout.ts'
import { rowOrder } from './stages/row-stages.ts'
import type { Space } from './space.ts'
import { leafWeight, type SplitRules } from './weights.ts'

export interface LeafOptions {
  readonly output: number
  readonly rules: SplitRules
  readonly learningRate: number
  /** What gradients and hessians are multiplied by before they are added up. */
  readonly scales: Scales
  /** Whether every training row was grown on: then the rows of a leaf are known, and only later rows are walked. */
  readonly everyRow: boolean
  /** Replaces the weight of a leaf, given its rows. */
  readonly refine: ((rows: Int32Array, weight: number) => number) | undefined
}

/** Weighs the leaves, adds them to the margins of the output, and gives the tree. */
export function finishTree(crew: Crew, growth: Growth, options: LeafOptions): Tree {
  const { space, run } = crew
  const { layout, orders, view } = space
  const nodes = growth.feature.length
  const kept = new Set(keptNodes(growth))
  for (let node = 0; node < nodes; node++) {
    // What was pruned away is no leaf of its own.
    const feature = kept.has(node) ? growth.feature[node]! : 0
    const at = layout.walkNodesAt + node * walkNodeBytes
    view.setInt32(at, feature, true)
    view.setInt32(at + 4, growth.left[node]!, true)
  }
  orders[rowOrder.work] = nodes
  orders[rowOrder.output] = options.output
  orders.set([options.scales.gradient, options.scales.hessian], rowOrder.gradientScale)
  run('leafSums')
  const { gradient, hessian } = nodeSums(space, growth, kept, options.scales)
  const value = new Float64Array(nodes)
  for (const node of kept) {
    const bounds = { lower: space.bounds[2 * node]!, upper: space.bounds[2 * node + 1]! }
    const weight = leafWeight(gradient[node]!, hessian[node]!, options.rules, bounds)
    const leaf = growth.feature[node]! < 0
    const refined =
      leaf && options.refine !== undefined
        ? options.refine(rowsOfNode(space, node), weight)
        : weight
    value[node] = Math.fround(refined * options.learningRate)
    view.setFloat64(layout.walkNodesAt + node * walkNodeBytes + 8, value[node], true)
  }
  if (options.everyRow) run('leaves')
  const first = options.everyRow ? layout.trainRows : 0
  orders[rowOrder.firstRow] = first
  if (first < layout.rows) run('walk')
  return toTree(growth, { value, cover: hessian })
}

/** Adds a tree that is already known to the margins of all rows. */
export function addTree({ space, run }: Crew, tree: Tree, output: number): void {
  const { layout, orders, view, tables, cuts, counts } = space
  tree.feature.forEach((feature, node) => {
    const at = layout.walkNodesAt + node * walkNodeBytes
    view.setInt32(at, feature, true)
    view.setInt32(at + 4, tree.left[node]!, true)
    view.setFloat64(at + 8, tree.value[node]!, true)
    if (feature < 0) return
    const table = tables.subarray(node * 256, node * 256 + 256)
    const missing = counts[feature]! - 1
    const right = tree.categories?.[node]
    if (right !== undefined) {
      table.fill(1)
      for (const category of right) table[category] = 0
    } else {
      const threshold = tree.threshold[node]!
      const own = cuts.subarray(feature * 256, feature * 256 + missing - 1)
      const last = threshold === -Infinity ? -1 : codeBelow(own, threshold)
      table.fill(1, 0, last + 1).fill(0, last + 1)
    }
    table[missing] = tree.missingLeft[node]!
  })
  orders[rowOrder.output] = output
  orders[rowOrder.firstRow] = 0
  run('walk')
}

/** Sums of gradients and hessians of each kept node: of leaves from their rows, of splits from their children. */
function nodeSums(
  { layout, leafSums }: Space,
  growth: Growth,
  kept: ReadonlySet<number>,
  scales: Scales,
): { readonly gradient: Float64Array; readonly hessian: Float64Array } {
  const nodes = growth.feature.length
  const gradient = new Float64Array(nodes)
  const hessian = new Float64Array(nodes)
  for (let node = nodes - 1; node >= 0; node--) {
    if (!kept.has(node)) continue
    const left = growth.left[node]!
    if (growth.feature[node]! >= 0) {
      gradient[node] = gradient[left]! + gradient[left + 1]!
      hessian[node] = hessian[left]! + hessian[left + 1]!
      continue
    }
    for (let thread = 0; thread < layout.threads; thread++) {
      const at = 2 * (thread * layout.nodes + node)
      gradient[node]! += leafSums[at]!
      hessian[node]! += leafSums[at + 1]!
    }
    gradient[node]! /= scales.gradient
    hessian[node]! /= scales.hessian
  }
  return { gradient, hessian }
}

/** The rows of a node, ascending within each thread's part, and the parts ascend. */
function rowsOfNode({ layout, segments, rowList }: Space, node: number): Int32Array {
  const parts: Int32Array[] = []
  for (let thread = 0; thread < layout.threads; thread++) {
    const at = 2 * (thread * layout.nodes + node)
    parts.push(rowList.subarray(segments[at], segments[at + 1]))
  }
  if (parts.length === 1) return parts[0]!
  return Int32Array.from(parts.flatMap((part) => [...part]))
}

/** What the margins of rows lack to their labels, and the weights of the rows. */
export function rowsAndWeights(
  { layout, margins, labels, weights: all }: Space,
  rows: Int32Array,
  output: number,
): { readonly residuals: Float64Array; readonly weights: Float64Array } {
  const margin = output * layout.rows
  return {
    residuals: Float64Array.from(rows, (row) => labels[row]! - margins[margin + row]!),
    weights: Float64Array.from(rows, (row) => all[row]!),
  }
}
