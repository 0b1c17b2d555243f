/** Writes a model as XGBoost's, version 3.2: every node, statistics, categories, the objective and its parameters. */
import type { ModelFiles } from '../../kind.ts'
import { readModel, type GbdtModel } from '../model.ts'
import { poissonDeltaStep } from '../objectives/objectives.ts'
import type { Tree } from '../tree.ts'
import { documentToJson, type DocumentValue } from './document.ts'
import { baseScores } from './base-scores.ts'
import { encodeUbjson } from './ubjson.ts'

export const exportXgboostJson = (files: ModelFiles): ModelFiles => ({
  'model.json': new TextEncoder().encode(documentToJson(xgboostDocument(readModel(files)))),
})

export const exportXgboostUbj = (files: ModelFiles): ModelFiles => ({
  'model.ubj': encodeUbjson(xgboostDocument(readModel(files))),
})

const version = [3, 2, 0]
/** How XGBoost marks the parent of a root. */
const noParent = 2_147_483_647
/** Stands for −∞, which JSON has not: no finite value lies below it. */
const leastFloat = -3.4028234663852886e38

function xgboostDocument(model: GbdtModel): DocumentValue {
  const { features, categorical, trees, base } = model
  const outputs = base.length
  const rounds = trees.length / outputs
  const multiclass = model.objective.objective.startsWith('multi:')
  return {
    learner: {
      attributes: {},
      feature_names: [...features],
      feature_types: features.map((name) => (categorical.includes(name) ? 'c' : 'float')),
      gradient_booster: {
        model: {
          cats: { enc: [], feature_segments: [], sorted_idx: [] },
          gbtree_model_param: { num_parallel_tree: '1', num_trees: String(trees.length) },
          iteration_indptr: Array.from({ length: rounds + 1 }, (_, round) => round * outputs),
          tree_info: trees.map((_, k) => k % outputs),
          trees: trees.map((tree, id) => treeDocument(tree, id, features.length)),
        },
        name: 'gbtree',
      },
      learner_model_param: {
        base_score: `[${baseScores(model).map(scoreText).join(',')}]`,
        boost_from_average: '1',
        num_class: multiclass ? String(outputs) : '0',
        num_feature: String(features.length),
        num_target: multiclass ? '1' : String(outputs),
      },
      objective: objectiveDocument(model),
    },
    version,
  }
}

const scoreText = (score: number): string => Math.fround(score).toExponential(9).toUpperCase()

function objectiveDocument({ objective: own }: GbdtModel): DocumentValue {
  const name = own.objective
  if (name === 'reg:squarederror' || name === 'binary:logistic')
    return { name, reg_loss_param: { scale_pos_weight: String(own.scale_pos_weight) } }
  if (name === 'reg:pseudohubererror')
    return { name, pseudo_huber_param: { huber_slope: String(own.huber_slope) } }
  if (name === 'reg:quantileerror')
    return { name, quantile_loss_param: { quantile_alpha: `[${own.quantile_alpha.join(',')}]` } }
  if (name === 'count:poisson') {
    const step = String(own.max_delta_step ?? poissonDeltaStep)
    return { name, poisson_regression_param: { max_delta_step: step } }
  }
  if (name === 'multi:softmax' || name === 'multi:softprob')
    return { name, softmax_multiclass_param: { num_class: String(own.num_class) } }
  if (name === 'rank:ndcg' || name === 'rank:pairwise')
    return { name, lambdarank_param: { lambdarank_pair_method: 'topk' } }
  return { name }
}

function treeDocument(tree: Tree, id: number, features: number): DocumentValue {
  const nodes = tree.feature.length
  const parents = new Int32Array(nodes).fill(noParent)
  const splits = tree.feature.map((feature) => feature >= 0)
  splits.forEach((split, node) => {
    if (split) parents.fill(node, tree.left[node], tree.left[node]! + 2)
  })
  const sets = Object.entries(tree.categories ?? {})
    .map(([node, codes]) => ({ node: Number(node), codes }))
    .sort((a, b) => a.node - b.node)
  const types = new Uint8Array(nodes)
  for (const { node } of sets) types[node] = 1
  let start = 0
  const segments = sets.map(({ codes }) => BigInt((start += codes.length) - codes.length))
  const child = (side: number): Int32Array =>
    Int32Array.from(splits, (split, node) => (split ? tree.left[node]! + side : -1))
  const condition = (node: number): number => {
    if (!splits[node]) return tree.value[node]!
    if (types[node] === 1) return 0
    return Math.max(tree.threshold[node]!, leastFloat)
  }
  return {
    base_weights: Float32Array.from(tree.value),
    categories: Int32Array.from(sets.flatMap(({ codes }) => codes)),
    categories_nodes: Int32Array.from(sets, ({ node }) => node),
    categories_segments: BigInt64Array.from(segments),
    categories_sizes: BigInt64Array.from(sets, ({ codes }) => BigInt(codes.length)),
    default_left: Uint8Array.from(tree.missingLeft),
    id,
    left_children: child(0),
    loss_changes: Float32Array.from(tree.gain),
    parents,
    right_children: child(1),
    split_conditions: Float32Array.from(splits, (_, node) => condition(node)),
    split_indices: Int32Array.from(tree.feature, (feature) => Math.max(0, feature)),
    split_type: types,
    sum_hessian: Float32Array.from(tree.cover),
    tree_param: {
      num_deleted: '0',
      num_feature: String(features),
      num_nodes: String(nodes),
      size_leaf_vector: '1',
    },
  }
}
