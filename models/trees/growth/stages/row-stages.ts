/** Stages over rows: the two sides of splits, the sums of leaves, their values into the margins. */
import { walkNodeBytes, workLength } from '../layout.ts'
import { share, type Space } from '../space.ts'

/** Words of the orders of these stages: how many pieces of work, which output, where walked rows begin, scales of the sums. */
export const rowOrder = {
  work: 8,
  output: 9,
  firstRow: 10,
  gradientScale: 11,
  hessianScale: 12,
} as const

/** Work: node, feature, left child, right child; the node's table says who goes left. */
export function partitionNodes(space: Space): void {
  const { layout, kernels, work, orders, segments, thread } = space
  const own = thread * layout.nodes * 2
  const [rowsFrom] = share(layout.trainRows, space)
  for (let k = 0; k < orders[rowOrder.work]!; k++) {
    const at = k * workLength
    const [node, feature, left, right] = [work[at]!, work[at + 1]!, work[at + 2]!, work[at + 3]!]
    const from = segments[own + 2 * node]!
    const to = segments[own + 2 * node + 1]!
    const middle = kernels.partitionRows(
      layout.columnsAt + feature * layout.rows,
      layout.rowsAt,
      layout.scratchAt + rowsFrom * 4,
      from,
      to,
      layout.walkTablesAt + node * 256,
    )
    segments[own + 2 * left] = from
    segments[own + 2 * left + 1] = middle
    segments[own + 2 * right] = middle
    segments[own + 2 * right + 1] = to
  }
}

/** Sums of pairs of each leaf, the nodes 0 … work − 1 marked by walk nodes of feature −1. */
export function sumLeaves(space: Space): void {
  const { layout, kernels, orders, segments, view, thread } = space
  const own = thread * layout.nodes
  const pairsAt = layout.pairsAt + orders[rowOrder.output]! * layout.trainRows * 8
  for (let node = 0; node < orders[rowOrder.work]!; node++) {
    if (view.getInt32(layout.walkNodesAt + node * walkNodeBytes, true) >= 0) continue
    kernels.sumRows(
      pairsAt,
      layout.rowsAt,
      segments[2 * (own + node)]!,
      segments[2 * (own + node) + 1]!,
      orders[rowOrder.gradientScale]!,
      orders[rowOrder.hessianScale]!,
      layout.leafSumsAt + (own + node) * 16,
    )
  }
}

/** Adds each leaf's value to the margins of the rows that were grown on. */
export function addLeaves(space: Space): void {
  const { layout, kernels, orders, segments, view, thread } = space
  const own = thread * layout.nodes
  const marginsAt = layout.marginsAt + orders[rowOrder.output]! * layout.rows * 8
  for (let node = 0; node < orders[rowOrder.work]!; node++) {
    const at = layout.walkNodesAt + node * walkNodeBytes
    if (view.getInt32(at, true) >= 0) continue
    kernels.addToRows(
      marginsAt,
      layout.rowsAt,
      segments[2 * (own + node)]!,
      segments[2 * (own + node) + 1]!,
      view.getFloat64(at + 8, true),
    )
  }
}

/** Walks the rows from `firstRow` on down the tree and adds its value to their margins. */
export function walkRows(space: Space): void {
  const { layout, kernels, orders } = space
  const first = orders[rowOrder.firstRow]!
  const [from, to] = share(layout.rows - first, space)
  const marginsAt = layout.marginsAt + orders[rowOrder.output]! * layout.rows * 8
  kernels.walkCodes(
    layout.walkNodesAt,
    layout.walkTablesAt,
    layout.binsAt,
    layout.stride,
    first + from,
    first + to,
    marginsAt,
  )
}
