/**
 * The search for splits that the compiled kernel does not know: penalties beyond L2, monotone constraints, categories. A category alone is split from
 * the rest where there are few (one-hot); else categories are ordered by gradient over hessian, and the best prefix of that order from either end
 * is a side of the best partition (Fisher 1958; XGBoost's optimal partition). What is missing goes with either side.
 */
import { categoricalKind, numericKind } from './binning.ts'
import { splitBytes } from '../layout.ts'
import type { Space } from '../space.ts'
import {
  gainAtWeight,
  leafGain,
  leafWeight,
  needsGeneralSearch,
  type SplitRules,
  type WeightBounds,
} from '../weights.ts'

/** One node's search: its histogram, its sums as integers, and their scales. */
export interface SearchNode {
  readonly histogramAt: number
  readonly maskAt: number
  readonly gradient: number
  readonly hessian: number
  readonly gradientScale: number
  readonly hessianScale: number
  readonly bounds: WeightBounds
}

/** Below it a gain is a rounding error (XGBoost's kRtEps), for labels of deviation 1. */
export const leastGain = 1e-6

export interface FoundSplit {
  readonly score: number
  /** Score less what the node scores whole. */
  readonly gain: number
  /** Sums of the left side, as integers. */
  readonly gradient: number
  readonly hessian: number
  readonly feature: number
  readonly code: number
  readonly missingLeft: boolean
  /** Codes that go right, for a categorical feature. */
  readonly categories: readonly number[] | undefined
}

/** Where found split `k` of a thread lies. */
export function foundAt(layout: Space['layout'], k: number): number {
  return layout.foundAt + k * splitBytes
}

/** Searches features [first, end) of a node and leaves the best at `outAt`. */
export function searchNode(
  space: Space,
  node: SearchNode,
  rules: SplitRules,
  { first, end, outAt }: { readonly first: number; readonly end: number; readonly outAt: number },
): void {
  const { kernels, layout, kinds, view } = space
  const general = needsGeneralSearch(rules)
  if (!general) {
    const { gradientScale, hessianScale } = node
    kernels.findSplit(
      node.histogramAt,
      layout.countsAt,
      node.maskAt,
      first,
      end,
      node.gradient,
      node.hessian,
      gradientScale,
      hessianScale,
      rules.lambda,
      Math.max(rules.leastHessian, hessianScale),
      outAt,
    )
  }
  for (let feature = first; feature < end; feature++) {
    if (view.getUint8(node.maskAt + feature) === 0) continue
    if (kinds[feature] === numericKind && general)
      searchThresholds(space, node, rules, feature, outAt)
    if (kinds[feature] === categoricalKind) searchCategories(space, node, rules, feature, outAt)
  }
}

/** A node's own score plus the least gain, with no feature yet: what a split has to beat. */
export function beginSearch(
  { view }: Space,
  node: SearchNode,
  rules: SplitRules,
  { outAt, floor }: { readonly outAt: number; readonly floor: number },
): void {
  const { gradient, hessian, gradientScale, hessianScale, bounds } = node
  const whole = leafGain(gradient * gradientScale, hessian * hessianScale, rules, bounds)
  view.setFloat64(outAt, whole + floor, true)
  view.setInt32(outAt + 24, -1, true)
  view.setFloat64(outAt + 72, whole, true)
}

type Consider = (gradient: number, hessian: number) => number

/** Scores a left side given by its integer sums; −Infinity where a rule forbids it. */
function scorer(node: SearchNode, rules: SplitRules, monotone: number): Consider {
  const { gradientScale, hessianScale, bounds } = node
  const least = Math.max(rules.leastHessian, hessianScale)
  const free = rules.maxDeltaStep === 0 && rules.monotone === undefined
  return (gradient, hessian) => {
    const [leftG, leftH] = [gradient * gradientScale, hessian * hessianScale]
    const rightG = (node.gradient - gradient) * gradientScale
    const rightH = (node.hessian - hessian) * hessianScale
    if (!(leftH >= least && rightH >= least)) return -Infinity
    if (free) return leafGain(leftG, leftH, rules) + leafGain(rightG, rightH, rules)
    const left = leafWeight(leftG, leftH, rules, bounds)
    const right = leafWeight(rightG, rightH, rules, bounds)
    if (monotone > 0 ? left > right : monotone < 0 && left < right) return -Infinity
    return gainAtWeight(leftG, leftH, left, rules) + gainAtWeight(rightG, rightH, right, rules)
  }
}

function searchThresholds(
  { view, counts }: Space,
  node: SearchNode,
  rules: SplitRules,
  feature: number,
  outAt: number,
): void {
  const column = node.histogramAt + feature * 4096
  const values = counts[feature]! - 1
  const missingG = view.getFloat64(column + 16 * values, true)
  const missingH = view.getFloat64(column + 16 * values + 8, true)
  const score = scorer(node, rules, rules.monotone?.[feature] ?? 0)
  for (const direction of missingH > 0 ? [0, 1] : [0]) {
    let [gradient, hessian] = direction === 1 ? [missingG, missingH] : [0, 0]
    let best = { score: -Infinity, gradient: 0, hessian: 0, code: 0 }
    for (let code = 0; code < values; code++) {
      gradient += view.getFloat64(column + 16 * code, true)
      hessian += view.getFloat64(column + 16 * code + 8, true)
      const found = score(gradient, hessian)
      const better = direction === 0 ? found > best.score : found >= best.score
      if (better) best = { score: found, gradient, hessian, code }
    }
    record(view, outAt, { ...best, feature, direction })
  }
}

function searchCategories(
  { view, counts }: Space,
  node: SearchNode,
  rules: SplitRules,
  feature: number,
  outAt: number,
): void {
  const column = node.histogramAt + feature * 4096
  const levels = counts[feature]! - 1
  const cell = (code: number): readonly [number, number] => [
    view.getFloat64(column + 16 * code, true),
    view.getFloat64(column + 16 * code + 8, true),
  ]
  const [missingG, missingH] = cell(levels)
  const score = scorer(node, rules, 0)
  const present = Array.from({ length: levels }, (_, code) => code).filter(
    (code) => cell(code)[1] > 0,
  )
  const weight = ([gradient, hessian]: readonly [number, number]): number =>
    leafWeight(gradient * node.gradientScale, hessian * node.hessianScale, rules)
  const weights = new Map(present.map((code) => [code, weight(cell(code))]))
  const ordered = present.toSorted((a, b) => weights.get(a)! - weights.get(b)! || a - b)
  const oneHot = levels < rules.oneHotBelow
  const candidates = oneHot
    ? present.map((code) => [code])
    : [ordered, ordered.toReversed()].flatMap((order) =>
        order
          .slice(0, Math.min(order.length - 1, rules.mostCategories))
          .map((_, k) => order.slice(0, k + 1)),
      )
  for (const right of candidates) {
    let [rightG, rightH] = [0, 0]
    for (const code of right) {
      rightG += cell(code)[0]
      rightH += cell(code)[1]
    }
    for (const direction of missingH > 0 ? [0, 1] : [0]) {
      const gradient = node.gradient - rightG - (direction === 0 ? missingG : 0)
      const hessian = node.hessian - rightH - (direction === 0 ? missingH : 0)
      const found = { score: score(gradient, hessian), gradient, hessian, code: 0 }
      if (record(view, outAt, { ...found, feature, direction })) writeSet(view, outAt + 40, right)
    }
  }
}

function record(
  view: DataView,
  outAt: number,
  found: {
    readonly score: number
    readonly gradient: number
    readonly hessian: number
    readonly feature: number
    readonly code: number
    readonly direction: number
  },
): boolean {
  if (!(found.score > view.getFloat64(outAt, true))) return false
  view.setFloat64(outAt, found.score, true)
  view.setFloat64(outAt + 8, found.gradient, true)
  view.setFloat64(outAt + 16, found.hessian, true)
  view.setInt32(outAt + 24, found.feature, true)
  view.setInt32(outAt + 28, found.code, true)
  view.setInt32(outAt + 32, found.direction, true)
  return true
}

/** Codes as 256 bits. */
function writeSet(view: DataView, at: number, codes: readonly number[]): void {
  for (let byte = 0; byte < 32; byte++) view.setUint8(at + byte, 0)
  for (const code of codes)
    view.setUint8(at + (code >> 3), view.getUint8(at + (code >> 3)) | (1 << (code & 7)))
}

/** The score that a search left, and its feature: −1 where nothing beat the node itself. */
export function readScore(
  view: DataView,
  outAt: number,
): { readonly score: number; readonly feature: number } {
  return { score: view.getFloat64(outAt, true), feature: view.getInt32(outAt + 24, true) }
}

/** What a search left, or undefined where nothing beat the node itself. */
export function readSplit({ view, kinds }: Space, outAt: number): FoundSplit | undefined {
  const feature = view.getInt32(outAt + 24, true)
  if (feature < 0) return undefined
  const categories =
    kinds[feature] === categoricalKind
      ? Array.from({ length: 256 }, (_, code) => code).filter(
          (code) => ((view.getUint8(outAt + 40 + (code >> 3)) >> (code & 7)) & 1) === 1,
        )
      : undefined
  const score = view.getFloat64(outAt, true)
  return {
    score,
    gain: score - view.getFloat64(outAt + 72, true),
    gradient: view.getFloat64(outAt + 8, true),
    hessian: view.getFloat64(outAt + 16, true),
    feature,
    code: view.getInt32(outAt + 28, true),
    missingLeft: view.getInt32(outAt + 32, true) === 1,
    categories,
  }
}
