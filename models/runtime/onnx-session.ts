/**
 * The one place that opens ONNX Runtime sessions. One thread a session: bits then do not depend on the machine's load, and
 * parallelism is across models. `run` blocks its thread, so long work belongs in a worker.
 *
 * Sessions are those of the package's own binding, whose `run` is synchronous. The class around it blocks as well, but first waits for a turn of the
 * event loop, which is 3 µs of a prediction's 50 when the process is idle, and the wait for everybody else when it is not.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { binding, initOrt, type Binding } from 'onnxruntime-node/dist/binding.js'
import { QuorumError } from '../../core/errors.ts'
import { checkTensor } from './check-tensor.ts'
import { executionProviders, resolveDevice, type ConcreteDevice } from './devices.ts'
import { forWebGpu } from './graph/for-webgpu.ts'
import type { Device } from './predictor.ts'

export type OnnxFeed =
  | { readonly type: 'float'; readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly type: 'int'; readonly data: BigInt64Array; readonly shape: readonly number[] }

export interface OnnxSession {
  readonly device: ConcreteDevice
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Of each input; a dimension that is known only when the model runs is a name. */
  readonly inputShapes: readonly (readonly (number | string)[])[]
  /** @returns the outputs asked for, all of them unless named; each is float32. */
  run(
    feeds: Readonly<Record<string, OnnxFeed>>,
    fetch?: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>
  /** The same with the answer at once. */
  runNow(
    feeds: Readonly<Record<string, Tensor>>,
    fetch?: readonly string[],
  ): Readonly<Record<string, Float32Array>>
  close(): Promise<void>
}

export interface OnnxSessionOptions {
  /** Default `cpu`. */
  readonly device?: Device
  /** Whether memory of one run is kept for the next, as long runs of the same shape want it; a prediction is faster without. Default true. */
  readonly keepMemory?: boolean
}

/** @throws INVALID_VALUE for a device that is not there, INTEGRITY for a model that the runtime cannot read. */
export async function openOnnxSession(
  model: Uint8Array,
  { device = 'cpu', keepMemory = true }: OnnxSessionOptions = {},
): Promise<OnnxSession> {
  const chosen = await resolveDevice(device)
  const session = createSession(model, chosen, keepMemory)
  const outputs = session.outputMetadata.map(({ name }) => name)
  const runNow: OnnxSession['runNow'] = (feeds, fetch = outputs) => {
    const wanted: Record<string, null> = {}
    for (const name of fetch) wanted[name] = null
    const results = session.run(feeds, wanted, {})
    const values: Record<string, Float32Array> = {}
    for (const name of fetch) values[name] = results[name]!.data as Float32Array
    return values
  }
  return {
    device: chosen,
    inputs: session.inputMetadata.map(({ name }) => name),
    outputs,
    inputShapes: session.inputMetadata.map(({ shape, symbolicDimensions }) =>
      shape.map((length, axis) => (length < 0 ? symbolicDimensions[axis]! : length)),
    ),
    run: (feeds, fetch) =>
      new Promise((resolve) => {
        const tensors = Object.entries(feeds).map(([name, feed]) => [name, onnxTensor(feed)])
        resolve(runNow(Object.fromEntries(tensors) as Record<string, Tensor>, fetch))
      }),
    runNow,
    close: () =>
      new Promise((resolve) => {
        session.dispose()
        resolve()
      }),
  }
}

/**
 * A feed as the binding takes it, which reads the data where they are. Of the class Tensor it looks at these properties alone, and plain ones are
 * faster to read than the class's getters.
 */
export function onnxTensor({ type, data, shape }: OnnxFeed): Tensor {
  checkTensor(data, shape)
  const plain = { type: type === 'float' ? 'float32' : 'int64', data, dims: shape, location: 'cpu' }
  return plain as unknown as Tensor
}

const sessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
} as const satisfies InferenceSession.SessionOptions

function createSession(
  model: Uint8Array,
  device: ConcreteDevice,
  keepMemory: boolean,
): Binding.InferenceSession {
  initOrt()
  const { buffer, byteOffset, byteLength } = device === 'webgpu' ? forWebGpu(model) : model
  const session = new binding.InferenceSession()
  try {
    session.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, {
      ...sessionOptions,
      enableCpuMemArena: keepMemory,
      executionProviders: [...executionProviders[device]],
    })
    return session
  } catch (cause) {
    const reason = `the runtime cannot open it on ${device}: ${(cause as Error).message}`
    throw new QuorumError('INTEGRITY', { subject: 'the network', reason }, { cause })
  }
}
