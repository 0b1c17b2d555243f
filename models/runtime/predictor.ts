/**
 * Predictor: the one contract of everything that executes an inference model, whatever the runtime. Float32 tensors by name go in and come
 * out. One suite (test/conformance/runtimes.test.ts) runs every network through every runtime.
 */
import type { devices, runtimes, tfjsBackends } from '../../core/config/index.ts'

export type Runtime = (typeof runtimes)[number]
export type Device = (typeof devices)[number]
export type TfjsBackend = (typeof tfjsBackends)[number]

export interface InferenceOptions {
  /** Default `onnx`. */
  readonly runtime?: Runtime
  /** Default `cpu`; `auto` is `cuda` where it is there, else `cpu`. */
  readonly device?: Device
  /** Where the runtime `tfjs` runs; default `wasm`. */
  readonly tfjsBackend?: TfjsBackend
}

export interface FloatTensor {
  /** Row-major. */
  readonly data: Float32Array
  readonly shape: readonly number[]
}

export interface Predictor {
  readonly runtime: Runtime
  /** What it really runs on: a device, or a backend of TensorFlow.js. */
  readonly device: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** @returns the outputs asked for, all of them unless named. Inputs are not changed and not kept. */
  run(
    inputs: Readonly<Record<string, FloatTensor>>,
    fetch?: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>
  /** Frees what it holds; safe to call twice. */
  close(): Promise<void>
}
