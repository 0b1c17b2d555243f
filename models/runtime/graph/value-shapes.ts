/** The shape of every value of a model on one sample: each named dimension of the inputs is 1. */
import { decodeElements } from '../../graph/onnx-elements.ts'
import type { OnnxGraph } from '../../graph/onnx-protobuf.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { referenceOperators } from '../reference/operators.ts'
import { planGraph } from './plan.ts'

export function valueShapes(graph: OnnxGraph): ReadonlyMap<string, readonly number[]> {
  const plan = planGraph<Tensor>(graph, referenceOperators, (tensor) => ({
    shape: tensor.shape,
    data: decodeElements(tensor),
  }))
  const inputs = graph.inputs.map(({ name, shape }): [string, Tensor] => {
    const lengths = shape.map((dimension) => (typeof dimension === 'number' ? dimension : 1))
    return [name, { shape: lengths, data: new Float64Array(lengths.reduce((a, b) => a * b, 1)) }]
  })
  const names = graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== ''))
  const results = plan.run(new Map(inputs), names)
  return new Map([
    ...graph.initializers.map((tensor) => [tensor.name, tensor.shape] as const),
    ...inputs.map(([name, { shape }]) => [name, shape] as const),
    ...names.map((name, i) => [name, results[i]!.shape] as const),
  ])
}
