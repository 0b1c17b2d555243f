/** One tree of an XGBoost document, renumbered so that right children follow left ones. */
import { z } from 'zod'
import type { QuorumError } from '../../../core/errors.ts'
import type { Tree } from '../tree.ts'

const flag = z.union([z.boolean(), z.number()])

export const treeDocumentSchema = z.object({
  base_weights: z.array(z.number()),
  categories: z.array(z.int()).default([]),
  categories_nodes: z.array(z.int()).default([]),
  categories_segments: z.array(z.int()).default([]),
  categories_sizes: z.array(z.int()).default([]),
  default_left: z.array(flag),
  left_children: z.array(z.int()),
  loss_changes: z.array(z.number()),
  right_children: z.array(z.int()),
  split_conditions: z.array(z.number()),
  split_indices: z.array(z.int()),
  sum_hessian: z.array(z.number()),
  tree_param: z.object({ size_leaf_vector: z.string().default('1') }),
})

type TreeDocument = z.infer<typeof treeDocumentSchema>

export function readTree(tree: TreeDocument, fail: (reason: string) => QuorumError): Tree {
  if (Number(tree.tree_param.size_leaf_vector) > 1)
    throw fail(
      'its leaves hold vectors (multi_strategy=multi_output_tree); only one_output_per_tree can be read',
    )
  const { left_children: left, right_children: right } = tree
  const sets = new Map(
    tree.categories_nodes.map((node, k) => {
      const start = tree.categories_segments[k]!
      return [node, tree.categories.slice(start, start + tree.categories_sizes[k]!)]
    }),
  )
  const order = [0]
  const place = new Map<number, number>()
  for (let k = 0; k < order.length; k++) {
    const node = order[k]!
    if (left[node] === undefined || right[node] === undefined || place.has(node))
      throw fail(`node ${node} of a tree lies outside it, or is reached twice`)
    if (left[node] < 0) continue
    place.set(node, order.length)
    order.push(left[node], right[node])
  }
  const splits = (node: number): boolean => left[node]! >= 0
  const own = (values: readonly number[]): number[] =>
    order.map((node) => (splits(node) ? Math.fround(values[node]!) : 0))
  const categories = order.flatMap((node, k) => {
    const codes = sets.get(node)
    return splits(node) && codes !== undefined
      ? [[k, codes.toSorted((a, b) => a - b)] as const]
      : []
  })
  return {
    feature: order.map((node) => (splits(node) ? tree.split_indices[node]! : -1)),
    threshold: order.map((node) =>
      splits(node) && !sets.has(node) ? Math.fround(tree.split_conditions[node]!) : 0,
    ),
    missingLeft: order.map((node) =>
      splits(node) && Number(tree.default_left[node]) === 1 ? 1 : 0,
    ),
    left: order.map((node) => place.get(node) ?? 0),
    value: order.map((node) =>
      Math.fround(splits(node) ? tree.base_weights[node]! : tree.split_conditions[node]!),
    ),
    gain: own(tree.loss_changes),
    cover: order.map((node) => Math.fround(tree.sum_hessian[node]!)),
    ...(categories.length > 0 ? { categories: Object.fromEntries(categories) } : {}),
  }
}
