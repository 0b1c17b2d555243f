/**
 * Head: what is read off an embedding, and how it is judged. A head's raw outputs are what the loss sees; its outputs are what a
 * prediction gives, in the unit of the label. Adding one is a file and a line in `index.ts`.
 */
import type { Value } from '../../graph/graph.ts'
import type { LabelScale } from '../../preprocessing/standardiser.ts'
import type { Parameter, ParameterValues } from '../architecture.ts'
import type { Calibration } from './calibration.ts'

export const headNames = ['value', 'direction', 'quantiles'] as const
export type HeadName = (typeof headNames)[number]

export interface HeadFacts {
  readonly label: LabelScale
  /** Mean label of the training rows that went down, stayed flat and went up. */
  readonly classMeans: readonly [number, number, number]
}

/** What is learned about a head's raw outputs after training. */
export interface Finish {
  readonly calibration?: Calibration
  /** Straight line from raw values to label deviations, for a loss that leaves the scale open. */
  readonly line?: { readonly slope: number; readonly offset: number }
}

export interface LossInput {
  /** `[batch, n]` */
  readonly raw: Value
  /** Labels in deviations, `[batch]`. */
  readonly target: Value
  /** `[batch]`; 0 for a place that a batch did not fill. */
  readonly weight: Value
  /** The batch is `dates` dates of `slots` places each. */
  readonly layout: BatchLayout
}

export interface BatchLayout {
  readonly dates: number
  readonly slots: number
}

/** A mean over the batch, and how much it weighs when batches are put together; both scalars. */
export interface Loss {
  readonly mean: Value
  readonly total: Value
}

export interface HeadOutputs {
  /** `[batch, 1]`, unit of the label. */
  readonly prediction: Value
  /** `[batch, 3]`: down, flat, up. */
  readonly probability?: Value
  /** `[batch, q]`, unit of the label, ascending. */
  readonly quantiles?: Value
}

export interface Head {
  readonly name: HeadName
  /** Number of raw outputs. */
  readonly width: number
  parameters(embedding: number): readonly Parameter[]
  raw(embedding: Value, parameters: ParameterValues): Value
  loss(input: LossInput): Loss
  outputs(raw: Value, finish: Finish): HeadOutputs
}
