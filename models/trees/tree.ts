/** A regression tree as parallel arrays. Node 0 is the root; the right child follows the left one. */
import { z } from 'zod'

export const treeSchema = z.strictObject({
  /** Feature of the split; −1 marks a leaf. */
  feature: z.array(z.int()),
  /** A value below it goes left; float32. Null in a file is −∞: every known value goes right. */
  threshold: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? -Infinity),
  ),
  missingLeft: z.array(z.union([z.literal(0), z.literal(1)])),
  /** Index of the left child; 0 in a leaf. */
  left: z.array(z.int()),
  /** Weight of the node, float32, learning rate in it; a leaf's is what it adds to the margin. */
  value: z.array(z.number()),
  /** Loss reduction of a split; 0 in a leaf. */
  gain: z.array(z.number()),
  /** Sum of hessians that reached the node in training. */
  cover: z.array(z.number()),
  /** By node: the categories that go right, ascending; such a node has no use for its threshold. */
  categories: z.record(z.string(), z.array(z.int().min(0))).optional(),
})

export type Tree = z.output<typeof treeSchema>
export type TreeFile = z.input<typeof treeSchema>

/** What a file holds of a tree: JSON knows no infinity. */
export function encodeTree(tree: Tree): TreeFile {
  return { ...tree, threshold: tree.threshold.map((value) => (value === -Infinity ? null : value)) }
}

/** Whether a value goes left at a node. A category that training never saw goes left, as in XGBoost. */
export function goesLeft(tree: Tree, node: number, value: number): boolean {
  if (value !== value) return tree.missingLeft[node] === 1
  const right = tree.categories?.[node]
  return right === undefined ? value < tree.threshold[node]! : !right.includes(value)
}

/**
 * Why the arrays are no tree, or undefined where they are one: equal lengths, known features, and children after their parent, so
 * that walking it ends.
 */
export function treeFault(tree: Tree, features: number): string | undefined {
  const { categories = {}, ...arrays } = tree
  const nodes = tree.feature.length
  if (nodes === 0) return 'a tree has no node'
  if (Object.values(arrays).some(({ length }) => length !== nodes))
    return 'the arrays of a tree differ in length'
  for (let node = 0; node < nodes; node++) {
    const feature = tree.feature[node]!
    const left = tree.left[node]!
    if (feature === -1) continue
    if (feature < 0 || feature >= features)
      return `node ${node} of a tree asks for feature ${feature} of ${features}`
    if (left <= node || left + 1 >= nodes)
      return `child ${left} of node ${node} lies outside its tree`
  }
  const stray = Object.keys(categories).find((node) => !((tree.feature[Number(node)] ?? -1) >= 0))
  return stray === undefined ? undefined : `node ${stray} of a tree has categories but no split`
}
