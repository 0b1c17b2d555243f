/** Parameters of `gbdt`, with XGBoost's names and meaning; defaults for noisy daily bars. */
import { z } from 'zod'
import type { SearchRange } from '../kind.ts'
import { mostBins } from './bin-mapper.ts'
import { objectiveNames } from './objective.ts'

export const gbdtParams = z.strictObject({
  objective: z.enum(objectiveNames).default('reg:squarederror'),
  /** Most rounds; early stopping keeps the best one. */
  n_estimators: z.int().min(1).max(100_000).default(400),
  learning_rate: z.number().gt(0).max(1).default(0.03),
  max_depth: z.int().min(1).max(16).default(4),
  max_bin: z.int().min(2).max(mostBins).default(mostBins),
  /** Least sum of hessians (for squared error: of weights, mean 1 a row) in a leaf. */
  min_child_weight: z.number().min(0).default(30),
  /** L2 penalty, in rows. */
  reg_lambda: z.number().min(0).default(10),
  /** Least loss reduction of a split, in squared deviations of the label; pruned after growth. */
  gamma: z.number().min(0).default(0),
  subsample: z.number().gt(0).max(1).default(0.7),
  colsample_bytree: z.number().gt(0).max(1).default(0.7),
  /** Rounds without a better validation loss after which the fit ends. */
  early_stopping_rounds: z.int().min(1).default(50),
})

export type GbdtParams = z.infer<typeof gbdtParams>

export const gbdtSearchSpace: Readonly<Record<string, SearchRange>> = {
  learning_rate: { type: 'float', low: 0.005, high: 0.3, log: true },
  max_depth: { type: 'integer', low: 2, high: 8 },
  min_child_weight: { type: 'float', low: 1, high: 300, log: true },
  reg_lambda: { type: 'float', low: 0.1, high: 100, log: true },
  subsample: { type: 'float', low: 0.4, high: 1 },
  colsample_bytree: { type: 'float', low: 0.3, high: 1 },
}
