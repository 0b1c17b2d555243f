/** The runtime `onnx`: ONNX Runtime on the CPU, on WebGPU or on CUDA, through shared sessions that have run once before they are used. */
import type { Tensor } from 'onnxruntime-node'
import { createLifecycle } from '../lifecycle.ts'
import { onnxTensor, type OnnxFeed, type OnnxSession } from './onnx-session.ts'
import type { FloatTensor, InferenceOptions, Predictor } from './predictor.ts'
import { leaseSession } from './session-cache.ts'

export async function openOnnxPredictor(
  model: Uint8Array,
  { device = 'cpu' }: InferenceOptions,
): Promise<Predictor> {
  const { session, release } = await leaseSession(model, device, warmUp)
  const lifecycle = createLifecycle('the predictor')
  const single = singleSample(session)
  return {
    runtime: 'onnx',
    device: session.device,
    inputs: session.inputs,
    outputs: session.outputs,
    // eslint-disable-next-line @typescript-eslint/require-await -- a throw becomes a rejection
    async run(inputs, fetch) {
      lifecycle.check()
      const feeds: Record<string, Tensor> = {}
      for (const name in inputs) {
        const input = inputs[name]!
        feeds[name] = single.get(name)?.(input) ?? onnxTensor({ type: 'float', ...input })
      }
      return session.runNow(feeds, fetch)
    },
    async close() {
      if (lifecycle.end()) await release()
    },
  }
}

/**
 * For each input a tensor of one sample that is used again and again: live prediction asks for one at a time. A run is over before the next
 * begins, so nobody writes into it meanwhile.
 */
function singleSample(
  session: OnnxSession,
): ReadonlyMap<string, (input: FloatTensor) => Tensor | undefined> {
  return new Map(
    zeroFeeds(session).map(([name, feed]) => {
      const tensor = onnxTensor(feed)
      const take = ({ data, shape }: FloatTensor): Tensor | undefined => {
        const fits =
          shape.length === feed.shape.length &&
          shape.every((length, axis) => length === feed.shape[axis])
        if (!fits || data.length !== feed.data.length) return undefined
        feed.data.set(data)
        return tensor
      }
      return [name, take]
    }),
  )
}

/** The first run of a session allocates, and on a GPU compiles its kernels: a second instead of a millisecond. */
async function warmUp(session: OnnxSession): Promise<void> {
  await session.run(Object.fromEntries(zeroFeeds(session)))
}

type FloatFeed = OnnxFeed & { readonly type: 'float' }

/** Zeros for each input; a dimension that is known only when the model runs is 1. */
function zeroFeeds({ inputs, inputShapes }: OnnxSession): [string, FloatFeed][] {
  return inputs.map((name, i) => {
    const shape = inputShapes[i]!.map((length) => (typeof length === 'number' ? length : 1))
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
    return [name, { type: 'float', data, shape }]
  })
}
