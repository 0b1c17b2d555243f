/**
 * A model in the form that the WebGPU provider computes: there a LayerNormalization gives its first output alone, and whoever reads the others
 * fails when the model runs (seen with onnxruntime-node 1.30.0). One whose others are read becomes the sums and products it is made of.
 */
import { decodeModel } from '../../graph/onnx-decode.ts'
import { encodeElements } from '../../graph/onnx-elements.ts'
import {
  encodeModel,
  type OnnxGraph,
  type OnnxNode,
  type OnnxNodeAttribute,
  type OnnxTensor,
} from '../../graph/onnx-protobuf.ts'
import { readNode } from './operator.ts'

export function forWebGpu(model: Uint8Array): Uint8Array {
  const graph = decodeModel(model)
  const changed = rewrite(graph)
  return changed === graph ? model : encodeModel(changed)
}

/** The same graph where there is nothing to do. */
function rewrite(graph: OnnxGraph): OnnxGraph {
  const initializers: OnnxTensor[] = []
  const read = new Set(namesRead(graph))
  const nodes = graph.nodes.flatMap((node): OnnxNode | OnnxNode[] => {
    const body = node.attributes?.['body']
    if (body !== undefined && 'graph' in body) {
      const inner = rewrite(body.graph)
      if (inner === body.graph) return node
      return { ...node, attributes: { ...node.attributes, body: { graph: inner } } }
    }
    const extra = node.outputs.slice(1).some((name) => read.has(name))
    return node.type === 'LayerNormalization' && extra ? expanded(node, initializers) : node
  })
  if (nodes.every((node, i) => node === graph.nodes[i])) return graph
  return { ...graph, nodes, initializers: [...graph.initializers, ...initializers] }
}

/** Inside nested graphs too, which see the values around them. */
function namesRead({ nodes, outputs }: OnnxGraph): string[] {
  const nested = nodes.flatMap(({ attributes = {} }) =>
    Object.values(attributes).flatMap((one) => ('graph' in one ? namesRead(one.graph) : [])),
  )
  return [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name), ...nested]
}

/** y = (x − mean) · inverse · scale + bias with inverse = 1 / √(variance + epsilon), along the last axis. */
function expanded(node: OnnxNode, initializers: OnnxTensor[]): OnnxNode[] {
  const [x, scale, bias = ''] = node.inputs as [string, string, string?]
  const [y, wantedMean = '', wantedInverse = ''] = node.outputs as [string, string?, string?]
  const inner = (name: string): string => `${y}/${name}`
  const [mean, inverse] = [wantedMean || inner('mean'), wantedInverse || inner('inverse')]
  const constant = (name: string, value: number): string => {
    const raw = encodeElements('float', [value])
    initializers.push({ name: inner(name), type: 'float', shape: [], raw })
    return inner(name)
  }
  const one = constant('one', 1)
  const epsilon = constant('epsilon', readNode(node, new Map()).float('epsilon', 1e-5))
  const step = (
    type: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxNodeAttribute>> = {},
  ): OnnxNode => ({ type, inputs, outputs: [output], attributes })
  const last = { axes: { ints: [-1] }, keepdims: { int: 1 } }
  const scaled = bias === '' ? y : inner('scaled')
  return [
    step('ReduceMean', [x], mean, last),
    step('Sub', [x, mean], inner('centred')),
    step('Mul', [inner('centred'), inner('centred')], inner('squares')),
    step('ReduceMean', [inner('squares')], inner('variance'), last),
    step('Add', [inner('variance'), epsilon], inner('sum')),
    step('Sqrt', [inner('sum')], inner('deviation')),
    step('Div', [one, inner('deviation')], inverse),
    step('Mul', [inner('centred'), inverse], inner('normalised')),
    step('Mul', [inner('normalised'), scale], scaled),
    ...(bias === '' ? [] : [step('Add', [scaled, bias], y)]),
  ]
}
