/** Parameters that every network kind has; the defaults suit daily bars: few rows, much noise. */
import { z } from 'zod'
import type { SearchRange } from '../kind.ts'

export const trainingParams = z.strictObject({
  /** Rows a sample sees, the last one being the row it is decided at. */
  window: z.int().min(1).max(512).default(16),
  learningRate: z.number().positive().default(0.001),
  batchSize: z.int().min(1).max(8192).default(64),
  /** Passes over the training samples at most. */
  maxEpochs: z.int().min(1).max(10_000).default(60),
  /** Epochs without a better validation loss after which training stops; without validation rows it runs to `maxEpochs`. */
  patience: z.int().min(1).default(8),
  /** Decoupled weight decay a step, times the learning rate. */
  weightDecay: z.number().min(0).default(0.05),
  /** Greatest norm of a gradient. */
  clipNorm: z.number().positive().default(1),
  loss: z.enum(['huber', 'mse']).default('huber'),
  /** Where Huber's loss turns from square to linear, in deviations of the label. */
  huberDelta: z.number().positive().default(1.5),
  /** Standardised features are clipped to ± this many deviations. */
  clip: z.number().positive().default(5),
})

export type TrainingParams = z.infer<typeof trainingParams>

export const trainingSearchSpace: Readonly<Record<string, SearchRange>> = {
  window: { type: 'integer', low: 4, high: 64, log: true },
  learningRate: { type: 'float', low: 3e-4, high: 1e-2, log: true },
  batchSize: { type: 'choice', values: [64, 128, 256] },
  weightDecay: { type: 'float', low: 1e-4, high: 0.3, log: true },
  loss: { type: 'choice', values: ['huber', 'mse'] },
}
