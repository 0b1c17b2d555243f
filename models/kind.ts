/**
 * ModelKind: the one contract of everything that learns. A kind is an entry of `models/kinds.ts`; adding one touches its own
 * folder and one line of that table. One conformance suite (test/conformance/model-kinds.test.ts) runs over the table.
 */
import type { z } from 'zod'
import type { Json } from '../core/canonical-json.ts'
import type { Rng } from '../core/rng.ts'
import type { Dataset, FeatureMatrix } from '../features/dataset.ts'
import type { Device, InferenceOptions } from './runtime/predictor.ts'

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
  /** Whether a state is wanted now. Ask before encoding one: most are not, since saving costs. */
  due(): boolean
  save(state: Uint8Array): Promise<void>
}

/** One point of a learning curve, after an epoch or a round; every number is finite. */
export interface CurvePoint {
  /** Epochs or rounds done, from 1. */
  readonly step: number
  readonly trainLoss: number
  /** Only with validation rows. */
  readonly validationLoss?: number
}

export interface FitContext {
  /** Rows (elements of `dataset.samples`) to learn from. */
  readonly train: Int32Array
  /** Later rows to stop early on; never learned from. */
  readonly validation?: Int32Array
  readonly rng: Rng
  readonly signal: AbortSignal
  readonly threads: number
  /** Where networks train; default `cpu`. Not part of what is fitted: a device rounds in its own way. */
  readonly device?: Device
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

export const modelOutputs = [
  'prediction',
  'probability',
  'quantiles',
] as const satisfies readonly (keyof Predictions)[]
export type ModelOutput = (typeof modelOutputs)[number]

export interface FittedModel {
  readonly outputs: readonly ModelOutput[]
  /** Rows a window spans: 1 for kinds that see one row. */
  readonly window: number
  /** Feature names the model was fitted on, in order. */
  readonly features: readonly string[]
  /** Levels of the output `quantiles`, ascending. */
  readonly quantiles?: readonly number[]
  /** How it learned, from the first step to the last; only after a fit, the same after a resumed one. Not part of `save`. */
  readonly curve?: readonly CurvePoint[]
  /**
   * Predicts the windows that end at `samples` (row indices of the matrix).
   * @throws WRONG_WIDTH for other features; NOT_FINITE where an infinite value, or a NaN the kind cannot fill, meets the model.
   */
  predict(matrix: FeatureMatrix, samples: Int32Array): Promise<Predictions>
  /** How much each row of each window counted, `[samples, window]`, oldest row first; only from networks that pool by attention. */
  attention?(matrix: FeatureMatrix, samples: Int32Array): Promise<Float64Array>
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
  /** One line for each parameter that was given by name and has no effect beside the others. */
  idle?(given: readonly string[], params: Params): string[]
  /** Window the kind wants for these parameters, in rows. */
  window(params: Params): number
  fit(dataset: Dataset, params: Params, context: FitContext): Promise<FittedModel>
  /** `inference` decides what executes a network, and where; kinds with one way to predict ignore it. */
  load(files: ModelFiles, inference?: InferenceOptions): Promise<FittedModel>
  /** What other programs read, by the name of the format: `onnx`, `tfjs`, `xgboost-json`. */
  readonly exports?: Readonly<Record<string, Export>>
  /** What other programs wrote, by the name of the format, as files of this kind. */
  readonly imports?: Readonly<Record<string, Import>>
  /** What a model's predictions come from; only of kinds that can say it exactly. */
  explain?(files: ModelFiles, request: ExplainRequest): Explanation
}

/** A fitted model's files in another form: one file, or several that belong into one folder. */
export type Export = (files: ModelFiles) => ModelFiles | Promise<ModelFiles>

/**
 * @param features names of the columns, in the order of the foreign model's
 * @throws BAD_DATA, with the source, for what is no model of the format or one that the kind cannot hold
 */
export type Import = (
  bytes: Uint8Array,
  about: { readonly features: readonly string[]; readonly source: string },
) => ModelFiles

export interface ExplainRequest {
  readonly matrix: FeatureMatrix
  /** Rows whose margins are explained. */
  readonly rows: Int32Array
  /** Shuffles columns for the importance by permutation. */
  readonly rng: Rng
}

export interface Explanation {
  /** Every feature, the most important first. */
  readonly features: readonly FeatureImportance[]
  /** Base value of each output; contributions add to it. */
  readonly base: readonly number[]
  /** `[rows, outputs, features]` SHAP values: what each feature adds to the row's margin, the prediction before its link. */
  readonly contributions: Float64Array
}

export interface FeatureImportance {
  readonly feature: string
  /** Mean loss reduction and mean hessian of its splits, and their number. */
  readonly gain: number
  readonly cover: number
  readonly weight: number
  /** Root mean square change of the rows' margins when its values are shuffled among them. */
  readonly permutation: number
  /** Mean of its absolute SHAP values. */
  readonly shap: number
}

export type SearchRange =
  | {
      readonly type: 'float' | 'integer'
      readonly low: number
      readonly high: number
      readonly log?: boolean
    }
  | { readonly type: 'choice'; readonly values: readonly (string | number | boolean)[] }
