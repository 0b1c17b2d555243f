/**
 * The runtime `tfjs`: the ONNX model decoded and run operator by operator on a backend of TensorFlow.js. Constants are uploaded once; what a
 * run makes is freed when it ends.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import { invalid } from '../../core/checks.ts'
import { decodeElements } from '../graph/onnx-elements.ts'
import { createLifecycle } from '../lifecycle.ts'
import { checkTensor } from './check-tensor.ts'
import { primitiveGraph } from './graph/primitive-graph.ts'
import { planGraph } from './graph/plan.ts'
import type { Device, InferenceOptions, Predictor, TfjsBackend } from './predictor.ts'
import { loadBackend } from './tfjs/backend.ts'
import { tfjsOperators } from './tfjs/operators.ts'

export async function openTfjsPredictor(
  model: Uint8Array,
  { device = 'auto', tfjsBackend = 'wasm' }: InferenceOptions,
): Promise<Predictor> {
  checkDevice(device, tfjsBackend)
  const graph = primitiveGraph(model)
  const tf = await loadBackend(tfjsBackend)
  // Synchronous for a backend that is loaded; other predictors in this process may use another.
  const select = (): void => void tf.setBackend(tfjsBackend)
  select()
  const plan = planGraph<Tensor>(graph, tfjsOperators(tf), (constant) => {
    const values = decodeElements(constant)
    const shape = [...constant.shape]
    if (constant.type === 'float') return tf.tensor(Float32Array.from(values), shape, 'float32')
    if (constant.type === 'int') return tf.tensor(Int32Array.from(values), shape, 'int32')
    return tf.tensor(Uint8Array.from(values), shape, 'bool')
  })
  const lifecycle = createLifecycle('the predictor')
  const outputs = graph.outputs.map(({ name }) => name)
  return {
    runtime: 'tfjs',
    device: tfjsBackend,
    inputs: graph.inputs.map(({ name }) => name),
    outputs,
    async run(inputs, fetch = outputs) {
      await Promise.resolve()
      lifecycle.check()
      for (const { data, shape } of Object.values(inputs)) checkTensor(data, shape)
      select()
      let results: Float32Array[] = []
      tf.tidy(() => {
        const values = Object.entries(inputs).map(
          ([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')] as const,
        )
        results = plan
          .run(new Map<string, Tensor>(values), fetch)
          .map((tensor) => Float32Array.from(tensor.dataSync()))
      })
      return Object.fromEntries(fetch.map((name, i) => [name, results[i]!]))
    },
    async close() {
      await Promise.resolve()
      if (!lifecycle.end()) return
      select()
      tf.dispose([...plan.constants])
    },
  }
}

/** Where TensorFlow.js runs is its backend's business. */
function checkDevice(device: Device, backend: TfjsBackend): void {
  const allowed: readonly Device[] = backend === 'tensorflow' ? ['auto', 'cuda'] : ['auto', 'cpu']
  if (!allowed.includes(device))
    throw invalid(
      'the device',
      `one of ${allowed.join(', ')} with the runtime tfjs on ${backend}`,
      device,
      'Choose where it runs with inference.tfjsBackend.',
    )
}
