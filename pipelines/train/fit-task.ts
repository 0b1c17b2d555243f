/** One fit in a worker thread: what travels there and what comes back. The dataset's buffers are shared, not copied. */
import type { Json } from '../../core/canonical-json.ts'
import type { Dataset } from '../../features/index.ts'
import type { CurvePoint, Device, Metrics } from '../../models/index.ts'
import type { CheckpointPosition } from '../../registry/index.ts'

export interface FitTask {
  readonly kind: string
  readonly params: Readonly<Record<string, Json>>
  readonly dataset: Dataset
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly seed: number
  /** Where networks train. */
  readonly device: Device
}

export interface FitResult {
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly outputs: readonly ('prediction' | 'probability' | 'quantiles')[]
  readonly window: number
  readonly curve: readonly CurvePoint[]
  readonly metrics: Metrics
  /** One value a validation row. */
  readonly validationPrediction: Float64Array
  /** Standard deviation of the training labels. */
  readonly labelDeviation: number
  /** What the fit alone took in its thread. */
  readonly seconds: number
}

/** What the worker sends with the call `save`; the call `load` answers the state, `begin` says that the thread is at work. */
export interface SaveCall {
  readonly state: Uint8Array
  readonly position: CheckpointPosition
}
