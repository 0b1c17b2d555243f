/** A regression tree as parallel arrays. Node 0 is the root; the right child follows the left one. */
import { z } from 'zod'

export const treeSchema = z.strictObject({
  /** Feature of the split; −1 marks a leaf. */
  feature: z.array(z.int()),
  /** A value below it goes left; float32. */
  threshold: z.array(z.number()),
  missingLeft: z.array(z.union([z.literal(0), z.literal(1)])),
  /** Index of the left child; 0 in a leaf. */
  left: z.array(z.int()),
  /** Value of a leaf, learning rate in it; 0 in a split. */
  value: z.array(z.number()),
  /** Loss reduction of a split; 0 in a leaf. */
  gain: z.array(z.number()),
  /** Sum of hessians that reached the node in training. */
  cover: z.array(z.number()),
})

export type Tree = z.infer<typeof treeSchema>

/**
 * Why the arrays are no tree, or undefined where they are one: equal lengths, known features, and children after their parent, so
 * that walking it ends.
 */
export function treeFault(tree: Tree, features: number): string | undefined {
  const nodes = tree.feature.length
  if (nodes === 0) return 'a tree has no node'
  if (Object.values(tree).some(({ length }) => length !== nodes))
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
  return undefined
}
