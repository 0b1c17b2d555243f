/**
 * Stage `evaluate`: histograms of nodes and their best splits. A thread takes whole groups of features and all rows, so that nothing is added up
 * between threads. Of two children only the smaller is counted; the larger is what remains of the parent. Sums are exact integers, so a
 * sibling by subtraction is the same as one by counting.
 */
import { blockRows } from './gradients.ts'
import { gatherBytes, mostWork, slotBytes, workLength } from '../layout.ts'
import { share, type Space } from '../space.ts'
import { beginSearch, foundAt, searchNode, type SearchNode } from './split-finder.ts'
import type { Equipment } from './stages.ts'
import type { SplitRules } from '../weights.ts'

/** Words of the orders of this stage. */
export const evaluateOrder = { work: 16, gradientScale: 17, hessianScale: 18, floor: 19 } as const

/** Work: the node to count and its slot, the sibling whose slot holds the parent (−1: none), and whether the counted node is the root. */
export function evaluateNodes(space: Space, { rules }: Equipment): void {
  const { layout, kernels, work, orders } = space
  const [firstGroup, endGroup] = share(layout.groups, space)
  const first = firstGroup * 8
  const end = Math.min(endGroup * 8, layout.features)
  for (let k = 0; k < orders[evaluateOrder.work]!; k++) {
    const [node, slot, sibling, siblingSlot, root] = work.subarray(
      k * workLength,
      k * workLength + 5,
    )
    const histogramAt = slotAt(layout, slot!)
    countNode(space, node!, histogramAt, firstGroup, endGroup)
    if (root === 1) sumRoot(space, histogramAt, first, end)
    const counted = openSearch(space, rules, { node: node!, slot: slot!, found: 2 * k })
    if (sibling! < 0) {
      searchNode(space, counted.search, rules, { first, end, outAt: counted.outAt })
      continue
    }
    const siblingAt = slotAt(layout, siblingSlot!)
    const rest = openSearch(space, rules, { node: sibling!, slot: siblingSlot!, found: 2 * k + 1 })
    // Group by group, while the cells are still in the nearest cache.
    for (let at = first; at < end; at += 8) {
      const until = Math.min(at + 8, end)
      kernels.subtractHistogram(siblingAt, histogramAt, layout.countsAt, at, until)
      searchNode(space, counted.search, rules, { first: at, end: until, outAt: counted.outAt })
      searchNode(space, rest.search, rules, { first: at, end: until, outAt: rest.outAt })
    }
  }
}

export function slotAt({ slotsAt, features }: Space['layout'], slot: number): number {
  return slotsAt + slot * slotBytes(features)
}

/** Counts the rows of a node, all threads' segments, into the histogram at `histogramAt`. */
function countNode(
  space: Space,
  node: number,
  histogramAt: number,
  firstGroup: number,
  endGroup: number,
): void {
  const { layout, kernels, segments } = space
  const fold = (add: boolean): void =>
    kernels.foldCells(
      layout.cellsAt,
      layout.countsAt,
      firstGroup * 8,
      endGroup * 8,
      histogramAt,
      add ? 1 : 0,
    )
  let counted = 0
  let begun = false
  for (let thread = 0; thread < layout.threads; thread++) {
    const at = 2 * (thread * layout.nodes + node)
    const to = segments[at + 1]!
    for (let from = segments[at]!; from < to;) {
      const until = Math.min(to, from + blockRows - counted)
      countPart(space, from, until, firstGroup, endGroup)
      counted += until - from
      from = until
      if (counted < blockRows) continue
      fold(begun)
      begun = true
      counted = 0
    }
  }
  if (counted > 0 || !begun) fold(begun)
}

/** Counts the rows in the list's [from, to). They ascend, so they are known to be consecutive by the first and the last, as at the root. */
function countPart(
  { layout, kernels, rowList, thread }: Space,
  from: number,
  to: number,
  firstGroup: number,
  endGroup: number,
): void {
  const { binsAt, stride, packedAt, rowsAt, cellsAt, gatheredAt } = layout
  const row = rowList[from]!
  if (rowList[to - 1]! - row === to - 1 - from) {
    const end = row + to - from
    kernels.countRange(binsAt, stride, packedAt, row, end, firstGroup, endGroup, cellsAt)
    return
  }
  const scratchAt = gatheredAt + thread * gatherBytes
  kernels.countRows(
    binsAt,
    stride,
    packedAt,
    rowsAt,
    from,
    to,
    firstGroup,
    endGroup,
    cellsAt,
    scratchAt,
  )
}

/** The sums of all rows, from any one feature's histogram. */
function sumRoot(
  { view, counts, sums }: Space,
  histogramAt: number,
  first: number,
  end: number,
): void {
  if (first >= end) return
  const column = histogramAt + first * 4096
  let [gradient, hessian] = [0, 0]
  for (let code = 0; code < counts[first]!; code++) {
    gradient += view.getFloat64(column + 16 * code, true)
    hessian += view.getFloat64(column + 16 * code + 8, true)
  }
  // Every thread finds and writes the same two numbers.
  sums.set([gradient, hessian])
}

function openSearch(
  space: Space,
  rules: SplitRules,
  { node, slot, found }: { readonly node: number; readonly slot: number; readonly found: number },
): { readonly search: SearchNode; readonly outAt: number } {
  const { layout, sums, bounds, orders, thread } = space
  const outAt = foundAt(layout, thread * mostWork * 2 + found)
  const search: SearchNode = {
    histogramAt: slotAt(layout, slot),
    maskAt: layout.masksAt + slot * layout.stride,
    gradient: sums[2 * node]!,
    hessian: sums[2 * node + 1]!,
    gradientScale: orders[evaluateOrder.gradientScale]!,
    hessianScale: orders[evaluateOrder.hessianScale]!,
    bounds: { lower: bounds[2 * node]!, upper: bounds[2 * node + 1]! },
  }
  beginSearch(space, search, rules, { outAt, floor: orders[evaluateOrder.floor]! })
  return { search, outAt }
}
