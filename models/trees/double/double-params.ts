/** Parameters of `double-ensemble`: those of `gbdt` for each sub-model, and its own with qlib's names and defaults. */
import { z } from 'zod'
import type { SearchRange } from '../../kind.ts'
import { gbdtParams } from '../gbdt-params.ts'

export const doubleParams = gbdtParams
  .omit({ num_class: true, quantile_alpha: true, scale_pos_weight: true, eval_metric: true })
  .extend({
    /** The loss of a row has to be a matter of its own prediction. */
    objective: z.enum(['reg:squarederror', 'reg:pseudohubererror']).default('reg:squarederror'),
    n_estimators: z.int().min(1).max(100_000).default(100),
    num_models: z.int().min(1).max(100).default(6),
    /** Sample re-weighting and feature selection between sub-models. */
    enable_sr: z.boolean().default(true),
    enable_fs: z.boolean().default(true),
    alpha1: z.number().min(0).default(1),
    alpha2: z.number().min(0).default(1),
    /** Bins of rows. */
    bins_sr: z.int().min(1).max(1_000).default(10),
    decay: z.number().gt(0).max(1).default(0.5),
    /** Shares of features kept, of the bins from the most important down. */
    sample_ratios: z.array(z.number().gt(0).max(1)).min(1).default([0.8, 0.7, 0.6, 0.5, 0.4]),
  })

export type DoubleParams = z.infer<typeof doubleParams>

export const doubleSearchSpace: Readonly<Record<string, SearchRange>> = {
  num_models: { type: 'integer', low: 3, high: 10 },
  learning_rate: { type: 'float', low: 0.005, high: 0.3, log: true },
  max_depth: { type: 'integer', low: 2, high: 8 },
  decay: { type: 'float', low: 0.2, high: 1 },
}
