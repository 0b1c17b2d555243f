/**
 * The runtime `reference`: every operator in float64, in plain TypeScript. Slow; `quorum doctor` and the parity suite hold the other runtimes
 * to it.
 */
import { checkOneOf } from '../../core/checks.ts'
import { decodeModel } from '../graph/onnx-decode.ts'
import { decodeElements } from '../graph/onnx-elements.ts'
import type { Tensor } from '../graph/tensor.ts'
import { createLifecycle } from '../lifecycle.ts'
import { checkTensor } from './check-tensor.ts'
import { planGraph } from './graph/plan.ts'
import type { InferenceOptions, Predictor } from './predictor.ts'
import { referenceOperators } from './reference/operators.ts'

export function openReferencePredictor(
  model: Uint8Array,
  { device = 'cpu' }: InferenceOptions,
): Promise<Predictor> {
  checkOneOf('the device of the runtime reference', device, ['auto', 'cpu'])
  const graph = decodeModel(model)
  const lifecycle = createLifecycle('the predictor')
  const outputs = graph.outputs.map(({ name }) => name)
  const plan = planGraph(graph, referenceOperators, (tensor): Tensor => ({
    shape: tensor.shape,
    data: decodeElements(tensor),
  }))
  return Promise.resolve({
    runtime: 'reference',
    device: 'cpu',
    inputs: graph.inputs.map(({ name }) => name),
    outputs,
    async run(inputs, fetch = outputs) {
      await Promise.resolve()
      lifecycle.check()
      const values = Object.entries(inputs).map(([name, { data, shape }]): [string, Tensor] => {
        checkTensor(data, shape)
        return [name, { shape, data: Float64Array.from(data) }]
      })
      const results = plan.run(new Map(values), fetch)
      return Object.fromEntries(fetch.map((name, i) => [name, Float32Array.from(results[i]!.data)]))
    },
    async close() {
      await Promise.resolve()
      lifecycle.end()
    },
  })
}
