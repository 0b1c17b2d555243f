/**
 * ONNX: a TreeEnsembleRegressor (ai.onnx.ml 3) gives the margins, standard operators make predictions of them, since runtimes ignore the regressor's
 * own transform. A value below a threshold goes left (BRANCH_LT); what is missing follows the learned direction; thresholds stay float32.
 */
import { QuorumError } from '../../../core/errors.ts'
import { encodeElements } from '../../graph/onnx-elements.ts'
import {
  encodeModel,
  type OnnxNode,
  type OnnxNodeAttribute,
  type OnnxTensor,
  type OnnxValue,
} from '../../graph/onnx-protobuf.ts'
import type { ModelFiles } from '../../kind.ts'
import { readModel, type GbdtModel } from '../model.ts'

/** Stands for −∞: no finite value lies below it. */
const leastFloat = -3.4028234663852886e38

/** @throws BAD_DATA for a model with categories, for which the operator has no branch. */
export function exportOnnx(files: ModelFiles): ModelFiles {
  const model = readModel(files)
  if (model.trees.some(({ categories }) => categories !== undefined)) {
    throw new QuorumError('BAD_DATA', {
      source: 'the model',
      reason: `it splits on categories (${model.categorical.join(', ')}), which ONNX tree ensembles do not know; export it as xgboost-json`,
    })
  }
  const { nodes, initializers, outputs } = transform(model)
  return {
    'model.onnx': encodeModel({
      name: 'gbdt',
      nodes: [regressor(model), ...nodes],
      initializers,
      inputs: [{ name: 'features', type: 'float', shape: ['batch', model.features.length] }],
      outputs,
    }),
  }
}

function regressor({ trees, base }: GbdtModel): OnnxNode {
  const all = trees.flatMap((tree, id) =>
    tree.feature.map((feature, node) => ({ tree, id, feature, node })),
  )
  const leaves = all.filter(({ feature }) => feature < 0)
  const ints = (values: readonly number[]): OnnxNodeAttribute => ({ ints: values })
  return {
    type: 'TreeEnsembleRegressor',
    domain: 'ai.onnx.ml',
    inputs: ['features'],
    outputs: ['margins'],
    attributes: {
      aggregate_function: { text: 'SUM' },
      base_values: { floats: base },
      n_targets: { int: base.length },
      nodes_falsenodeids: ints(
        all.map(({ tree, feature, node }) => (feature < 0 ? 0 : tree.left[node]! + 1)),
      ),
      nodes_featureids: ints(all.map(({ feature }) => Math.max(0, feature))),
      nodes_missing_value_tracks_true: ints(all.map(({ tree, node }) => tree.missingLeft[node]!)),
      nodes_modes: { texts: all.map(({ feature }) => (feature < 0 ? 'LEAF' : 'BRANCH_LT')) },
      nodes_nodeids: ints(all.map(({ node }) => node)),
      nodes_treeids: ints(all.map(({ id }) => id)),
      nodes_truenodeids: ints(
        all.map(({ tree, feature, node }) => (feature < 0 ? 0 : tree.left[node]!)),
      ),
      nodes_values: {
        floats: all.map(({ tree, feature, node }) =>
          feature < 0 ? 0 : Math.max(leastFloat, tree.threshold[node]!),
        ),
      },
      post_transform: { text: 'NONE' },
      target_ids: ints(leaves.map(({ id }) => id % base.length)),
      target_nodeids: ints(leaves.map(({ node }) => node)),
      target_treeids: ints(leaves.map(({ id }) => id)),
      target_weights: { floats: leaves.map(({ tree, node }) => tree.value[node]!) },
    },
  }
}

interface Transform {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly outputs: readonly OnnxValue[]
}

/** From margins `[batch, outputs]` to what the kind predicts. */
function transform({ objective, base }: GbdtModel): Transform {
  const value = (name: string, width: number): OnnxValue => ({
    name,
    type: 'float',
    shape: ['batch', width],
  })
  const prediction = value('prediction', 1)
  const only = (type: string): Transform => ({
    nodes: [{ type, inputs: ['margins'], outputs: ['prediction'] }],
    initializers: [],
    outputs: [prediction],
  })
  const name = objective.objective
  if (name === 'binary:logistic') return only('Sigmoid')
  if (name === 'count:poisson') return only('Exp')
  if (name === 'reg:quantileerror') {
    const offs = objective.quantile_alpha.map((alpha) => Math.abs(alpha - 0.5))
    const middle = [offs.indexOf(Math.min(...offs))]
    return {
      nodes: [
        { type: 'Identity', inputs: ['margins'], outputs: ['quantiles'] },
        {
          type: 'Gather',
          inputs: ['margins', 'middle'],
          outputs: ['prediction'],
          attributes: { axis: { int: 1 } },
        },
      ],
      initializers: [
        { name: 'middle', type: 'int', shape: [1], raw: encodeElements('int', middle) },
      ],
      outputs: [prediction, value('quantiles', base.length)],
    }
  }
  if (name !== 'multi:softmax' && name !== 'multi:softprob') return only('Identity')
  const chances = name === 'multi:softprob' && base.length === 3
  return {
    nodes: [
      { type: 'ArgMax', inputs: ['margins'], outputs: ['class'], attributes: { axis: { int: 1 } } },
      { type: 'Cast', inputs: ['class'], outputs: ['prediction'], attributes: { to: { int: 1 } } },
      ...(chances
        ? [
            {
              type: 'Softmax',
              inputs: ['margins'],
              outputs: ['probability'],
              attributes: { axis: { int: 1 } },
            },
          ]
        : []),
    ],
    initializers: [],
    outputs: [prediction, ...(chances ? [value('probability', base.length)] : [])],
  }
}
