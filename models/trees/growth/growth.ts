/** A tree while it grows: nodes in the order in which they were made, pruned at the end, then written as a tree level by level. */
import type { Tree } from '../tree.ts'

export interface Growth {
  /** −1 in a leaf. */
  readonly feature: number[]
  readonly threshold: number[]
  readonly missingLeft: (0 | 1)[]
  readonly left: number[]
  readonly gain: number[]
  /** Categories that go right, by node. */
  readonly categories: Record<number, readonly number[]>
  /** Turns from the root. */
  readonly path: string[]
  /** Features split on above the node. */
  readonly used: (readonly number[])[]
  readonly rows: number[]
}

export function emptyGrowth(): Growth {
  const lists = { feature: [], threshold: [], missingLeft: [], left: [], gain: [] }
  return { ...lists, categories: {}, path: [], used: [], rows: [] }
}

export function addNode(
  growth: Growth,
  { path, used }: { readonly path: string; readonly used: readonly number[] },
): void {
  growth.feature.push(-1)
  growth.threshold.push(0)
  growth.missingLeft.push(0)
  growth.left.push(0)
  growth.gain.push(0)
  growth.path.push(path)
  growth.used.push(used)
  growth.rows.push(0)
}

/** From the leaves up: a split of two leaves whose gain is below gamma becomes a leaf. Children come after their parents. */
export function prune({ feature, left, gain }: Growth, gamma: number): void {
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node]! < 0 || gain[node]! >= gamma) continue
    if (feature[left[node]!]! < 0 && feature[left[node]! + 1]! < 0) feature[node] = -1
  }
}

/** The nodes that pruning left, level by level. */
export function keptNodes({ feature, left }: Growth): number[] {
  const kept = [0]
  for (let k = 0; k < kept.length; k++) {
    const node = kept[k]!
    if (feature[node]! >= 0) kept.push(left[node]!, left[node]! + 1)
  }
  return kept
}

/** `value` and `cover` of the growth's nodes. */
export function toTree(
  growth: Growth,
  { value, cover }: { readonly value: Float64Array; readonly cover: Float64Array },
): Tree {
  const kept = keptNodes(growth)
  const place = new Map(kept.map((node, k) => [node, k]))
  const categories: Record<string, number[]> = {}
  kept.forEach((node, k) => {
    const own = growth.categories[node]
    if (own !== undefined && growth.feature[node]! >= 0) categories[k] = [...own]
  })
  const splits = (node: number): boolean => growth.feature[node]! >= 0
  return {
    feature: kept.map((node) => growth.feature[node]!),
    threshold: kept.map((node) => (splits(node) ? growth.threshold[node]! : 0)),
    missingLeft: kept.map((node) => (splits(node) ? growth.missingLeft[node]! : 0)),
    left: kept.map((node) => (splits(node) ? place.get(growth.left[node]!)! : 0)),
    value: kept.map((node) => value[node]!),
    gain: kept.map((node) => (splits(node) ? growth.gain[node]! : 0)),
    cover: kept.map((node) => cover[node]!),
    ...(Object.keys(categories).length > 0 ? { categories } : {}),
  }
}
