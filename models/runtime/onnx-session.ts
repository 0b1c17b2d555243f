/**
 * The one place that opens ONNX Runtime sessions. One thread a session: bits then do not depend on the machine's load, and
 * parallelism is across models. `run` blocks its thread, so long work belongs in a worker.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'

export type OnnxFeed =
  | { readonly type: 'float'; readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly type: 'int'; readonly data: BigInt64Array; readonly shape: readonly number[] }

export interface OnnxSession {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** @returns the outputs asked for, all of them unless named; each is float32. */
  run(
    feeds: Readonly<Record<string, OnnxFeed>>,
    fetch?: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>
  close(): Promise<void>
}

export async function openOnnxSession(model: Uint8Array): Promise<OnnxSession> {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  })
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
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
