/**
 * Grows one tree: depth-wise (all splits of a level as one piece of work) or leaf-wise (the best split next). The order of work and the histograms
 * that happen to be at hand change nothing, since sums are exact. `gamma` prunes from the leaves up after growth.
 */
import { greatestFloat } from '../bin-mapper.ts'
import type { Crew } from './crew.ts'
import { evaluateOrder } from './stages/evaluation.ts'
import type { FeatureDraw } from './feature-draw.ts'
import { addNode, emptyGrowth, prune, type Growth } from './growth.ts'
import { mostWork, workLength } from './layout.ts'
import type { Scales } from './stages/gradients.ts'
import { rowOrder } from './stages/row-stages.ts'
import { createSlots, planWork, type Slots, type Work } from './slots.ts'
import { foundAt, readScore, readSplit, type FoundSplit } from './stages/split-finder.ts'
import { leafWeight, type SplitRules } from './weights.ts'

export interface GrowOptions {
  readonly rules: SplitRules
  /** No limit where 0. */
  readonly maxDepth: number
  readonly maxLeaves: number
  readonly leafWise: boolean
  readonly gamma: number
  /** Least gain of a split. */
  readonly floor: number
  /** What a gradient and a hessian were multiplied by when they were packed. */
  readonly scales: Scales
  readonly draw: FeatureDraw
  /** A turn of the event loop now and then; throws where the fit was cancelled. */
  readonly breathe: () => Promise<void>
}

interface Candidate {
  readonly node: number
  readonly split: FoundSplit
}

/** Grows on the rows that the segments of node 0 hold. The crew's tables and segments then belong to the growth. */
export async function growTree(crew: Crew, options: GrowOptions): Promise<Growth> {
  const { space } = crew
  const { layout, sums, bounds } = space
  const { maxDepth, maxLeaves, rules, scales } = options
  const growth = emptyGrowth()
  const slots = createSlots(layout.slots)
  addNode(growth, { path: '', used: [] })
  bounds.set([-Infinity, Infinity])
  space.orders.set(
    [1 / scales.gradient, 1 / scales.hessian, options.floor],
    evaluateOrder.gradientScale,
  )
  let waiting = evaluate(crew, growth, slots, options, [
    { node: 0, slot: slots.take(0, [])!, sibling: undefined },
  ])
  let leaves = 1
  while (waiting.length > 0 && (maxLeaves === 0 || leaves < maxLeaves)) {
    const room = maxLeaves === 0 ? Infinity : maxLeaves - leaves
    const next = nextSplits(waiting, growth, options.leafWise, Math.min(room, mostWork >> 1))
    waiting = waiting.filter((candidate) => !next.includes(candidate))
    const deepest = growth.path[next[0]!.node]!.length + 1 === maxDepth
    // Children at the last level ask for no histogram, so all of them can be made at once.
    for (const part of portions(next, deepest ? next.length : layout.slots >> 1)) {
      split(crew, growth, part, rules)
      leaves += part.length
      const grows = (child: number): boolean =>
        (maxDepth === 0 || growth.path[child]!.length < maxDepth) &&
        sums[2 * child + 1]! / scales.hessian >= 2 * rules.leastHessian &&
        growth.rows[child]! > 1
      const families = part.map(({ node }) => {
        const left = growth.left[node]!
        return { node, grown: [left, left + 1].filter(grows) }
      })
      const work = planWork(
        families,
        growth.rows,
        slots,
        waiting.map(({ node }) => node),
      )
      waiting.push(...evaluate(crew, growth, slots, options, work))
      await options.breathe()
    }
  }
  prune(growth, options.gamma)
  return growth
}

/** Depth-wise: the waiting splits of the least depth, in order; leaf-wise: the one of greatest gain, of equal ones the first. */
function nextSplits(
  waiting: readonly Candidate[],
  { path }: Growth,
  leafWise: boolean,
  most: number,
): Candidate[] {
  if (leafWise) {
    return [waiting.reduce((best, one) => (one.split.gain > best.split.gain ? one : best))]
  }
  const depth = Math.min(...waiting.map(({ node }) => path[node]!.length))
  return waiting.filter(({ node }) => path[node]!.length === depth).slice(0, most)
}

function portions<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}

/** Makes the children of each split and sends the rows to them. */
function split(crew: Crew, growth: Growth, part: readonly Candidate[], rules: SplitRules): void {
  const { space } = crew
  const { work, orders, sums, bounds } = space
  part.forEach(({ node, split: found }, k) => {
    const left = growth.feature.length
    const above = growth.used[node]!
    const used = above.includes(found.feature) ? above : [...above, found.feature]
    addNode(growth, { path: `${growth.path[node]!}l`, used })
    addNode(growth, { path: `${growth.path[node]!}r`, used })
    growth.left[node] = left
    growth.gain[node] = found.gain
    const leftSums = writeTable(space, growth, node, found)
    for (let k = 0; k < 2; k++) {
      sums[2 * left + k] = leftSums[k]!
      sums[2 * left + 2 + k] = sums[2 * node + k]! - leftSums[k]!
      bounds[2 * left + k] = bounds[2 * node + k]!
      bounds[2 * left + 2 + k] = bounds[2 * node + k]!
    }
    const direction = rules.monotone?.[found.feature] ?? 0
    if (direction !== 0) tighten(space, rules, left, direction)
    work.set([node, found.feature, left, left + 1], k * workLength)
  })
  orders[rowOrder.work] = part.length
  crew.run('partition')
  for (const { node } of part) {
    const left = growth.left[node]!
    for (const child of [left, left + 1]) growth.rows[child] = rowsOf(space, child)
  }
}

/** Children of a monotone split meet in the middle of their weights and stay on their sides of it. */
function tighten(space: Crew['space'], rules: SplitRules, left: number, direction: number): void {
  const { sums, bounds, orders } = space
  const weight = (child: number): number =>
    leafWeight(
      sums[2 * child]! * orders[evaluateOrder.gradientScale]!,
      sums[2 * child + 1]! * orders[evaluateOrder.hessianScale]!,
      rules,
      { lower: bounds[2 * child]!, upper: bounds[2 * child + 1]! },
    )
  const middle = (weight(left) + weight(left + 1)) / 2
  const [low, high] = direction > 0 ? [left, left + 1] : [left + 1, left]
  bounds[2 * low + 1] = middle
  bounds[2 * high] = middle
}

/** Says for each code of the feature whether it goes left; returns the sums of the left side. */
function writeTable(
  { tables, counts, cuts, sums }: Crew['space'],
  growth: Growth,
  node: number,
  found: FoundSplit,
): readonly number[] {
  const { feature, code, missingLeft, categories } = found
  const missing = counts[feature]! - 1
  const [first, end] = [node * 256, node * 256 + 256]
  growth.feature[node] = feature
  growth.missingLeft[node] = missingLeft ? 1 : 0
  if (categories !== undefined) {
    growth.categories[node] = categories
    tables.fill(1, first, end)
    for (const category of categories) tables[first + category] = 0
    tables[first + missing] = missingLeft ? 1 : 0
    return [found.gradient, found.hessian]
  }
  const everyValue = code === missing - 1
  if (everyValue && cuts[feature * 256 + missing - 2] === greatestFloat) {
    // +∞ lies below no threshold: with only what is missing on the other side, the sides change places.
    tables.fill(0, first, end)
    tables[first + missing] = 1
    growth.threshold[node] = -Infinity
    growth.missingLeft[node] = 1
    return [sums[2 * node]! - found.gradient, sums[2 * node + 1]! - found.hessian]
  }
  growth.threshold[node] = everyValue ? greatestFloat : cuts[feature * 256 + code]!
  tables.fill(1, first, first + code + 1).fill(0, first + code + 1, end)
  tables[first + missing] = missingLeft ? 1 : 0
  return [found.gradient, found.hessian]
}

/** Finds the best split of each node of the work; those that have one wait, the others give their slots back. */
function evaluate(
  { space, run }: Crew,
  growth: Growth,
  slots: Slots,
  { draw }: GrowOptions,
  pieces: readonly Work[],
): Candidate[] {
  const { layout, work, orders, masks } = space
  // The largest first, so that threads which take one after the other end together.
  const items = pieces.toSorted((a, b) => growth.rows[b.node]! - growth.rows[a.node]!)
  const allow = (node: number, slot: number): void => {
    const used = growth.used[node]!
    draw.allow(masks, { at: slot * layout.stride, path: growth.path[node]!, used })
  }
  items.forEach(({ node, slot, sibling }, k) => {
    allow(node, slot)
    if (sibling !== undefined) allow(sibling.node, sibling.slot)
    const rest = sibling === undefined ? [-1, 0] : [sibling.node, sibling.slot]
    work.set([node, slot, ...rest, node === 0 ? 1 : 0], k * workLength)
  })
  if (items.length === 0) return []
  orders[evaluateOrder.work] = items.length
  run('evaluate')
  const found: Candidate[] = []
  items.forEach(({ node, sibling }, k) => {
    const look = (one: number, place: number): void => {
      const best = bestOfThreads(space, place)
      if (best === undefined) slots.release(one)
      else found.push({ node: one, split: best })
    }
    look(node, 2 * k)
    if (sibling !== undefined) look(sibling.node, 2 * k + 1)
  })
  return found.sort((a, b) => a.node - b.node)
}

/** Of equal scores the first feature's is kept, as within a thread. */
function bestOfThreads(space: Crew['space'], k: number): FoundSplit | undefined {
  const { layout, view } = space
  let best = { at: -1, score: -Infinity, feature: -1 }
  for (let thread = 0; thread < layout.threads; thread++) {
    const at = foundAt(layout, thread * mostWork * 2 + k)
    const { score, feature } = readScore(view, at)
    if (feature < 0 || score < best.score || (score === best.score && feature > best.feature))
      continue
    best = { at, score, feature }
  }
  return best.at < 0 ? undefined : readSplit(space, best.at)
}

function rowsOf({ layout, segments }: Crew['space'], node: number): number {
  let rows = 0
  for (let thread = 0; thread < layout.threads; thread++) {
    const at = 2 * (thread * layout.nodes + node)
    rows += segments[at + 1]! - segments[at]!
  }
  return rows
}
