/** A network as a TensorFlow.js graph model: `model.json` and one file of weights, opened with `tf.loadGraphModel`. */
import { decodeElements } from '../../graph/onnx-elements.ts'
import type { OnnxValue } from '../../graph/onnx-protobuf.ts'
import type { ModelFiles } from '../../kind.ts'
import { planGraph } from '../graph/plan.ts'
import { primitiveGraph } from '../graph/primitive-graph.ts'
import { valueShapes } from '../graph/value-shapes.ts'
import { createGraphBuilder, tensorShape } from './graph-def.ts'
import { graphOperators, type Output } from './operators.ts'

const weightsFile = 'group1-shard1of1.bin'

/** @param model ONNX bytes @throws INTEGRITY for an operator that has no counterpart. */
export function exportGraphModel(model: Uint8Array): ModelFiles {
  const graph = primitiveGraph(model)
  const shapes = valueShapes(graph)
  const build = createGraphBuilder()
  const inputs = graph.inputs.map(({ name, shape }): [string, Output] => {
    build.input(name, shape)
    return [name, { name, shape: shapes.get(name)! }]
  })
  // Most integers are axes and shapes, which become part of their node; a constant is written where it is read.
  const plan = planGraph<Output>(graph, graphOperators(build, shapes), (tensor) => ({
    get name() {
      return build.constant(tensor.type, tensor.shape, decodeElements(tensor))
    },
    shape: tensor.shape,
  }))
  const outputs = graph.outputs.map(({ name }) => name)
  plan.run(new Map(inputs), outputs).forEach((output, k) => {
    build.node('Identity', [output.name], {}, outputs[k])
  })
  const { nodes, weights, data } = build.finish()
  const describe = (values: readonly OnnxValue[]): Record<string, unknown> =>
    Object.fromEntries(
      values.map(({ name, shape }) => [
        name,
        { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: tensorShape(shape) },
      ]),
    )
  const json = {
    format: 'graph-model',
    generatedBy: 'quorum',
    convertedBy: null,
    signature: { inputs: describe(graph.inputs), outputs: describe(graph.outputs) },
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightsManifest: [{ paths: [weightsFile], weights: weights }],
  }
  return { 'model.json': new TextEncoder().encode(JSON.stringify(json)), [weightsFile]: data }
}
