/**
 * What a model computes from its constants alone, computed once: the weights of a recurrent layer turned to their other order, say. ONNX
 * Runtime does the same when it opens a session. Constants that nothing reads any more are left out.
 */
import { decodeElements, encodeElements } from '../../graph/onnx-elements.ts'
import {
  onnxTypes,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
} from '../../graph/onnx-protobuf.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { referenceOperators } from '../reference/operators.ts'
import { planGraph } from './plan.ts'

export function foldConstants(graph: OnnxGraph): OnnxGraph {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const nodes = graph.nodes.filter((node) => {
    const inputs = node.inputs.filter((name) => name !== '')
    const known = inputs.flatMap((name) => constants.get(name) ?? [])
    if (known.length < inputs.length) return true
    for (const tensor of compute(node, known)) constants.set(tensor.name, tensor)
    return false
  })
  const read = new Set([
    ...nodes.flatMap((node) => node.inputs),
    ...graph.outputs.map(({ name }) => name),
  ])
  return {
    ...graph,
    nodes,
    initializers: [...constants.values()].filter(({ name }) => read.has(name)),
  }
}

function compute(node: OnnxNode, initializers: readonly OnnxTensor[]): OnnxTensor[] {
  const names = node.outputs.filter((name) => name !== '')
  const graph = { name: '', nodes: [node], initializers, inputs: [], outputs: [] }
  const plan = planGraph<Tensor>(graph, referenceOperators, (tensor) => ({
    shape: tensor.shape,
    data: decodeElements(tensor),
  }))
  const type = resultType(node, initializers)
  return plan.run(new Map(), names).map(({ shape, data }, i) => ({
    name: names[i]!,
    type,
    shape,
    raw: encodeElements(type, data),
  }))
}

const boolean = new Set(['And', 'Equal', 'Greater', 'GreaterOrEqual', 'IsNaN', 'Less', 'Not'])

/** The element type of a node's results. */
function resultType(
  { type, inputs, attributes = {} }: OnnxNode,
  initializers: readonly OnnxTensor[],
): OnnxType {
  if (boolean.has(type)) return 'bool'
  const to = attributes['to']
  if (type === 'Cast' && to !== undefined && 'int' in to)
    return (Object.keys(onnxTypes) as OnnxType[]).find((name) => onnxTypes[name] === to.int)!
  const source = inputs[type === 'Where' ? 1 : 0]
  return initializers.find(({ name }) => name === source)!.type
}
