/** The runtime `onnx`: ONNX Runtime on the CPU, on WebGPU or on CUDA, through shared sessions that have run once before they are used. */
import { createLifecycle } from '../lifecycle.ts'
import type { OnnxFeed, OnnxSession } from './onnx-session.ts'
import type { InferenceOptions, Predictor } from './predictor.ts'
import { leaseSession } from './session-cache.ts'

export async function openOnnxPredictor(
  model: Uint8Array,
  { device = 'cpu' }: InferenceOptions,
): Promise<Predictor> {
  const { session, release } = await leaseSession(model, device, warmUp)
  const lifecycle = createLifecycle('the predictor')
  return {
    runtime: 'onnx',
    device: session.device,
    inputs: session.inputs,
    outputs: session.outputs,
    async run(inputs, fetch) {
      lifecycle.check()
      const feeds: Record<string, OnnxFeed> = {}
      for (const name in inputs) feeds[name] = { type: 'float', ...inputs[name]! }
      return session.run(feeds, fetch)
    },
    async close() {
      if (lifecycle.end()) await release()
    },
  }
}

/** The first run of a session allocates, and on a GPU compiles its kernels: a second instead of a millisecond. */
async function warmUp(session: OnnxSession): Promise<void> {
  const feeds = session.inputs.map((name, i): [string, OnnxFeed] => {
    const shape = session.inputShapes[i]!.map((length) => (typeof length === 'number' ? length : 1))
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
    return [name, { type: 'float', data, shape }]
  })
  await session.run(Object.fromEntries(feeds))
}
