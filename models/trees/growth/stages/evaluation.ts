/**
 * Stage `evaluate`: histograms of nodes and their best splits. A thread takes a node's groups of features, eight at most, and all its rows, so that
 * nothing is added up between threads. Of two children only the smaller is counted; the larger is what remains of the parent. Sums are exact
 * integers, so a sibling by subtraction is the same as one by counting.
 */
import { controlOf } from '../control.ts'
import { blockRows } from './gradients.ts'
import { cellsBytes, cellsGroups, gatherBytes, mostWork, slotBytes, workLength } from '../layout.ts'
import { share, type Space } from '../space.ts'
import { beginSearch, foundAt, searchNode, type SearchNode } from './split-finder.ts'
import type { Equipment } from './stages.ts'
import type { SplitRules } from '../weights.ts'

/** Words of the orders of this stage. */
export const evaluateOrder = { work: 16, gradientScale: 17, hessianScale: 18, floor: 19 } as const

/** Parts a thread from which it pays to take the next one whenever one is done. */
const partsOfThread = 4

/** A piece of work: the node to count, and the sibling whose slot holds the parent. */
interface Item {
  readonly node: number
  readonly counted: Search
  readonly rest: Search | undefined
}

interface Search {
  readonly node: SearchNode
  readonly outAt: number
}

/** Work: node, its slot, sibling (−1: none), its slot, whether the node is the root, which comes alone. */
export function evaluateNodes(space: Space, { rules }: Equipment): void {
  const { layout, work, orders } = space
  const { groups, threads } = layout
  const [firstGroup, endGroup] = share(groups, space)
  if (work[4] === 1) {
    evaluateRoot(space, rules, firstGroup, endGroup)
    return
  }
  // Every thread opens every search: where it finds nothing, it says so.
  const items = Array.from({ length: orders[evaluateOrder.work]! }, (_, k) =>
    openItem(space, rules, k),
  )
  const parts = Math.ceil(groups / cellsGroups)
  if (threads === 1 || items.length * parts < partsOfThread * threads) {
    for (const item of items)
      for (const [first, end] of chunks(firstGroup, endGroup))
        evaluateItem(space, rules, item, first, end)
    return
  }
  // Whole lines of codes for a thread, not the same line for each; who takes what changes no sum and no split.
  const { next } = controlOf(space)
  for (;;) {
    const taken = Atomics.add(next, 0, 1)
    const item = items[Math.floor(taken / parts)]
    if (item === undefined) return
    const part = taken % parts
    const [first, end] = [part, part + 1].map((edge) => Math.floor((edge * groups) / parts))
    evaluateItem(space, rules, item, first!, end!)
  }
}

/** The root's sums, which its search asks for, are known when it is counted. */
function evaluateRoot(space: Space, rules: SplitRules, firstGroup: number, endGroup: number): void {
  const [node, slot] = [space.work[0]!, space.work[1]!]
  const histogramAt = slotAt(space.layout, slot)
  for (const [first, end] of chunks(firstGroup, endGroup))
    countNode(space, node, histogramAt, first, end)
  sumRoot(space, histogramAt, firstGroup * 8)
  const counted = openSearch(space, rules, { node, slot, found: 0 })
  searchGroups(space, rules, { node, counted, rest: undefined }, firstGroup, endGroup)
}

function openItem(space: Space, rules: SplitRules, k: number): Item {
  const { work } = space
  const at = k * workLength
  const [node, sibling] = [work[at]!, work[at + 2]!]
  const counted = openSearch(space, rules, { node, slot: work[at + 1]!, found: 2 * k })
  if (sibling < 0) return { node, counted, rest: undefined }
  const found = 2 * k + 1
  const rest = openSearch(space, rules, { node: sibling, slot: work[at + 3]!, found })
  return { node, counted, rest }
}

function evaluateItem(
  space: Space,
  rules: SplitRules,
  item: Item,
  firstGroup: number,
  endGroup: number,
): void {
  countNode(space, item.node, item.counted.node.histogramAt, firstGroup, endGroup)
  searchGroups(space, rules, item, firstGroup, endGroup)
}

/** Group by group, while the sums are still in the nearest cache, and the same groups however many threads there are. */
function searchGroups(
  space: Space,
  rules: SplitRules,
  { counted, rest }: Item,
  firstGroup: number,
  endGroup: number,
): void {
  const { kernels, layout } = space
  const last = Math.min(endGroup * 8, layout.features)
  for (let first = firstGroup * 8; first < last; first += 8) {
    const end = Math.min(first + 8, last)
    if (rest !== undefined)
      kernels.subtractHistogram(
        rest.node.histogramAt,
        counted.node.histogramAt,
        layout.countsAt,
        first,
        end,
      )
    searchNode(space, counted.node, rules, { first, end, outAt: counted.outAt })
    if (rest !== undefined) searchNode(space, rest.node, rules, { first, end, outAt: rest.outAt })
  }
}

/** Groups [first, end) in pieces for which a thread has cells. */
function chunks(first: number, end: number): (readonly [number, number])[] {
  const pieces = Math.ceil((end - first) / cellsGroups)
  return Array.from({ length: pieces }, (_, k) => {
    const from = first + k * cellsGroups
    return [from, Math.min(from + cellsGroups, end)]
  })
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
  const cellsAt = cellsOf(space, firstGroup)
  const fold = (add: boolean): void =>
    kernels.foldCells(
      cellsAt,
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
      countPart(space, { from, to: until, firstGroup, endGroup, cellsAt })
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

interface Part {
  readonly from: number
  readonly to: number
  readonly firstGroup: number
  readonly endGroup: number
  readonly cellsAt: number
}

/** Counts the rows in the list's [from, to). They ascend, so they are known to be consecutive by the first and the last, as at the root. */
function countPart(
  { layout, kernels, rowList, thread }: Space,
  { from, to, firstGroup, endGroup, cellsAt }: Part,
): void {
  const { binsAt, stride, packedAt, rowsAt, gatheredAt } = layout
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

/** Where the cells of all features would begin, so that those of `firstGroup` are the first of the thread's own. */
function cellsOf({ layout, thread }: Space, firstGroup: number): number {
  return layout.cellsAt + thread * cellsBytes - (firstGroup * cellsBytes) / cellsGroups
}

/** The sums of all rows, from any one feature's histogram. */
function sumRoot({ view, counts, sums }: Space, histogramAt: number, feature: number): void {
  const column = histogramAt + feature * 4096
  let [gradient, hessian] = [0, 0]
  for (let code = 0; code < counts[feature]!; code++) {
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
): Search {
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
  return { node: search, outAt }
}
