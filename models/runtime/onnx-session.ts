/**
 * The one place that opens ONNX Runtime sessions. One thread a session: bits then do not depend on the machine's load, and
 * parallelism is across models. `run` blocks its thread, so long work belongs in a worker.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { QuorumError } from '../../core/errors.ts'
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
  close(): Promise<void>
}

export interface OnnxSessionOptions {
  /** Default `cpu`. */
  readonly device?: Device
}

/** @throws INVALID_VALUE for a device that is not there, INTEGRITY for a model that the runtime cannot read. */
export async function openOnnxSession(
  model: Uint8Array,
  { device = 'cpu' }: OnnxSessionOptions = {},
): Promise<OnnxSession> {
  const chosen = await resolveDevice(device)
  const session = await createSession(model, chosen)
  return {
    device: chosen,
    inputs: session.inputNames,
    outputs: session.outputNames,
    inputShapes: session.inputMetadata.map((input) => (input.isTensor ? input.shape : [])),
    run: async (feeds, fetch = session.outputNames) => {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { type, data, shape }]) => [
          name,
          type === 'float' ? new Tensor('float32', data, shape) : new Tensor('int64', data, shape),
        ]),
      )
      const results = await session.run(tensors, [...fetch])
      return Object.fromEntries(fetch.map((name) => [name, results[name]!.data as Float32Array]))
    },
    close: () => session.release(),
  }
}

async function createSession(model: Uint8Array, device: ConcreteDevice): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(device === 'webgpu' ? forWebGpu(model) : model, {
      executionProviders: [...executionProviders[device]],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    })
  } catch (cause) {
    const reason = `the runtime cannot open it on ${device}: ${(cause as Error).message}`
    throw new QuorumError('INTEGRITY', { subject: 'the network', reason }, { cause })
  }
}
