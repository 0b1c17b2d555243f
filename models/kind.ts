/**
 * ModelKind: the one contract of everything that learns. A kind is an entry of `models/kinds.ts`; adding one touches its own
 * folder and one line of that table. One conformance suite (test/conformance/model-kinds.test.ts) runs over the table.
 */
import type { z } from 'zod'
import type { Json } from '../core/canonical-json.ts'
import type { Rng } from '../core/rng.ts'
import type { Dataset, FeatureMatrix } from '../features/dataset.ts'

export interface FitProgress {
  /** Work done and in all, in the kind's own unit (epochs, rounds). */
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly trainLoss?: number
  readonly validationLoss?: number
  readonly rowsPerSecond?: number
}

/** Where a fit keeps its state between steps; `load` gives the newest state or undefined. */
export interface Checkpoint {
  load(): Promise<Uint8Array | undefined>
  save(state: Uint8Array): Promise<void>
}

export interface FitContext {
  /** Rows (elements of `dataset.samples`) to learn from. */
  readonly train: Int32Array
  /** Later rows to stop early on; never learned from. */
  readonly validation?: Int32Array
  readonly rng: Rng
  readonly signal: AbortSignal
  readonly threads: number
  /** May answer 'stop': the fit ends with what it has. */
  onProgress(progress: FitProgress): 'stop' | undefined
  readonly checkpoint?: Checkpoint
  /** Files of an earlier model of the same kind to start from. */
  readonly initial?: ModelFiles
}

/** File name → bytes. Names are flat: `model.onnx`, `model.json`. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>

export interface Predictions {
  /** One value a sample, the unit of the label. */
  readonly prediction: Float64Array
  /** `[samples, 3]` down, flat, up; only from kinds with a direction head. */
  readonly probability?: Float64Array
  /** `[samples, q]`; only from kinds with a quantile head. */
  readonly quantiles?: Float64Array
}

export type ModelOutput = keyof Predictions

export interface FittedModel {
  readonly outputs: readonly ModelOutput[]
  /** Rows a window spans: 1 for kinds that see one row. */
  readonly window: number
  /** Feature names the model was fitted on, in order. */
  readonly features: readonly string[]
  /**
   * Predicts the windows that end at `samples` (row indices of the matrix).
   * @throws WRONG_WIDTH for other features; NOT_FINITE where an infinite value, or a NaN the kind cannot fill, meets the model.
   */
  predict(matrix: FeatureMatrix, samples: Int32Array): Promise<Predictions>
  /** Deterministic bytes: the same fit gives the same files. */
  save(): ModelFiles
  /** Frees native memory; a disposed model predicts no more. */
  dispose(): Promise<void>
}

export interface ModelKind<Params extends Record<string, Json> = Record<string, Json>> {
  readonly name: string
  readonly doc: string
  /** Strict schema with a default for every parameter. */
  readonly params: z.ZodType<Params>
  /** Ranges a tuner may draw from, by parameter name. */
  readonly searchSpace: Readonly<Record<string, SearchRange>>
  readonly needs: 'dataset' | 'environment'
  /** Window the kind wants for these parameters, in rows. */
  window(params: Params): number
  fit(dataset: Dataset, params: Params, context: FitContext): Promise<FittedModel>
  load(files: ModelFiles): Promise<FittedModel>
}

export type SearchRange =
  | {
      readonly type: 'float' | 'integer'
      readonly low: number
      readonly high: number
      readonly log?: boolean
    }
  | { readonly type: 'choice'; readonly values: readonly (string | number | boolean)[] }
