/** Parameters that every network kind has; the defaults suit daily bars: few rows, much noise. */
import { z } from 'zod'
import type { SearchRange } from '../kind.ts'
import { headNames } from './heads/head.ts'

const optimisers = ['adamw', 'adam', 'sgd'] as const
const schedules = ['constant', 'cosine', 'one-cycle', 'plateau'] as const
const scalings = ['standard', 'robust', 'rank'] as const
const calibrations = ['temperature', 'isotonic', 'none'] as const

/** A list, or its members in one text: `value,direction`; one number stands for a list of one. */
const listOf = <T extends z.ZodType>(member: T): z.ZodPreprocess<z.ZodArray<T>> =>
  z.preprocess(
    (value): unknown => (Array.isArray(value) ? value : String(value).split(',')),
    z.array(member).min(1),
  )

export const trainingParams = z.strictObject({
  /** Rows a sample sees, the last one being the row it is decided at. */
  window: z.int().min(1).max(512).default(16),
  learningRate: z.number().positive().default(0.001),
  batchSize: z.int().min(1).max(8192).default(64),
  /** Passes over the training samples at most. */
  maxEpochs: z.int().min(1).max(10_000).default(60),
  /** Epochs without a better validation loss after which training stops; without validation rows it runs to `maxEpochs`. */
  patience: z.int().min(1).default(8),

  optimizer: z.enum(optimisers).default('adamw'),
  /** Of sgd. */
  momentum: z.number().min(0).lt(1).default(0.9),
  /** Decoupled for adamw (a step takes it, times the learning rate, off every parameter); part of the gradient for the others. */
  weightDecay: z.number().min(0).default(0.05),
  /** Greatest norm of a gradient. */
  clipNorm: z.number().positive().default(1),
  /** How the learning rate moves over the steps of `maxEpochs`; `plateau` halves it where the validation loss stands still. */
  schedule: z.enum(schedules).default('constant'),
  /** Share of all steps over which the learning rate first rises from 0. */
  warmup: z.number().min(0).max(0.5).default(0),
  /** Decay of a moving average of the parameters, which is then what is validated and kept; 0 keeps the parameters themselves. */
  averaging: z.number().min(0).lt(1).default(0),

  /** What the model gives: `value` (the label's expectation), `direction` (probabilities of down, flat and up), `quantiles`; several are trained together. */
  outputs: listOf(z.enum(headNames))
    .refine((names) => new Set(names).size === names.length, { message: 'each output once' })
    .default(['value']),
  /** Of the value head; `ic` is the negative correlation with the labels within each date, for panels. */
  loss: z.enum(['huber', 'mse', 'ic']).default('huber'),
  /** Where Huber's loss turns from square to linear, in deviations of the label. */
  huberDelta: z.number().positive().default(1.5),
  /** Of the direction head: labels within ± so many label deviations of 0 are flat; 0 makes it up or down. */
  flatBand: z.number().min(0).default(0.25),
  /** Of the direction head, learned on the validation rows. */
  calibration: z.enum(calibrations).default('temperature'),
  /** Of the quantile head, ascending. */
  quantiles: listOf(z.coerce.number().gt(0).lt(1))
    .refine((levels) => levels.every((level, i) => i === 0 || level > levels[i - 1]!), {
      message: 'ascending levels between 0 and 1',
    })
    .default([0.05, 0.25, 0.5, 0.75, 0.95]),

  /** `standard`: mean and deviation; `robust`: median and quartiles; `rank`: place among the training rows. */
  scaling: z.enum(scalings).default('standard'),
  /** Scaled features are clipped to ± this many deviations. */
  clip: z.number().positive().default(5),
})

export type TrainingParams = z.infer<typeof trainingParams>

export const trainingSearchSpace: Readonly<Record<string, SearchRange>> = {
  learningRate: { type: 'float', low: 3e-4, high: 1e-2, log: true },
  batchSize: { type: 'choice', values: [64, 128, 256] },
  weightDecay: { type: 'float', low: 1e-4, high: 0.3, log: true },
  loss: { type: 'choice', values: ['huber', 'mse'] },
  schedule: { type: 'choice', values: schedules },
  scaling: { type: 'choice', values: scalings },
}
