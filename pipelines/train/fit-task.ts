/** One fit in a worker thread: what travels there and what comes back. The dataset's buffers are shared, not copied. */
import type { Json } from '../../core/canonical-json.ts'
import type { Dataset } from '../../features/index.ts'
import type { Metrics } from '../../models/index.ts'

export interface FitTask {
  readonly kind: string
  readonly params: Record<string, Json>
  readonly dataset: Dataset
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly seed: number
  readonly threads: number
  readonly checkpoints: boolean
}

export interface FitResult {
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly outputs: readonly ('prediction' | 'probability' | 'quantiles')[]
  readonly window: number
  readonly metrics: Metrics
  /** One value a validation row. */
  readonly validationPrediction: Float64Array
  /** Standard deviation of the training labels. */
  readonly labelDeviation: number
}
