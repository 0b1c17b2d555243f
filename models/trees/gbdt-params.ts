/** Parameters of `gbdt`, with XGBoost's names and meaning; defaults for noisy daily bars. */
import { z } from 'zod'
import type { SearchRange } from '../kind.ts'
import { mostBins } from './bin-mapper.ts'
import { metricNames } from './objectives/metrics.ts'
import { objectiveNames } from './objectives/objectives.ts'

const share = z.number().gt(0).max(1)
const direction = z.union([z.literal(-1), z.literal(0), z.literal(1)])

export const gbdtParams = z.strictObject({
  objective: z.enum(objectiveNames).default('reg:squarederror'),
  /** The only way of growing there is. */
  tree_method: z.literal('hist').default('hist'),
  /** Most rounds; early stopping keeps the best one. */
  n_estimators: z.int().min(1).max(100_000).default(400),
  learning_rate: z.number().gt(0).max(1).default(0.03),
  /** 0: no limit, with max_leaves. */
  max_depth: z.int().min(0).max(60).default(4),
  /** 0: no limit. */
  max_leaves: z.int().min(0).max(65_536).default(0),
  /** All of a level, or the best split next. */
  grow_policy: z.enum(['depthwise', 'lossguide']).default('depthwise'),
  /** Codes of a feature; one of 256 is kept for what is missing. */
  max_bin: z
    .int()
    .min(2)
    .max(mostBins + 1)
    .default(mostBins + 1),
  /** Least sum of hessians (for squared error: of weights) in a leaf. */
  min_child_weight: z.number().min(0).default(30),
  /** Least loss reduction of a split; pruned after growth. */
  gamma: z.number().min(0).default(0),
  /** L2 and L1 penalty on the weights of leaves. */
  reg_lambda: z.number().min(0).default(10),
  reg_alpha: z.number().min(0).default(0),
  /** Greatest weight of a leaf; 0: none; null: the objective's own (0.7 for counts, else none). */
  max_delta_step: z.number().min(0).nullable().default(null),
  /** Share of the rows each tree sees. */
  subsample: share.default(0.7),
  /** Shares of the features each tree, level of it, and node sees, one within the other. */
  colsample_bytree: share.default(0.7),
  colsample_bylevel: share.default(1),
  colsample_bynode: share.default(1),
  /** Weight of positive rows (binary:logistic). */
  scale_pos_weight: z.number().gt(0).default(1),
  /** Prediction of a model without trees; null: from the labels. */
  base_score: z.number().nullable().default(null),
  /** By feature: 1 the prediction never falls with it, −1 it never rises. */
  monotone_constraints: z.record(z.string(), direction).default({}),
  /** Groups of features that may meet on one path; a feature in no group stays alone. Empty: no constraint. */
  interaction_constraints: z.array(z.array(z.string())).default([]),
  /** Features whose values are categories: integers from 0 to 253. */
  categorical_features: z.array(z.string()).default([]),
  /** Fewer categories than this are split one from the rest; else by an optimal partition. */
  max_cat_to_onehot: z.int().min(1).default(4),
  /** Most categories on one side of an optimal partition. */
  max_cat_threshold: z.int().min(1).default(64),
  /** Rounds without a better validation metric after which the fit ends. */
  early_stopping_rounds: z.int().min(1).default(50),
  /** Null: the objective's own. */
  eval_metric: z
    .enum(metricNames as [string, ...string[]])
    .nullable()
    .default(null),
  /** Classes of multi:softmax and multi:softprob. */
  num_class: z.int().min(0).max(1_000).default(0),
  /** Quantiles of reg:quantileerror. */
  quantile_alpha: z
    .union([
      z
        .number()
        .gt(0)
        .lt(1)
        .transform((alpha) => [alpha]),
      z.array(z.number().gt(0).lt(1)).min(1),
    ])
    .default([0.5]),
  /** Where pseudo-Huber turns linear, in the label's unit. */
  huber_slope: z.number().gt(0).default(1),
  /** Null: the run's. */
  seed: z.int().min(0).nullable().default(null),
  /** Null: the run's. The model is the same on any number. */
  nthread: z.int().min(1).max(64).nullable().default(null),
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
