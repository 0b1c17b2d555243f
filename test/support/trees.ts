/** A task for the tree learner from rows as arrays. */
import { gbdtParams, type GbdtParams } from '../../models/trees/gbdt-params.ts'
import { learn, type Learned, type LearnTask } from '../../models/trees/learner.ts'
import type { GbdtModel } from '../../models/trees/model.ts'

export interface TreeProblem {
  readonly X: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly params?: Partial<GbdtParams>
  readonly weights?: readonly number[]
  readonly groups?: readonly number[]
  /** The last so many rows are for validation. */
  readonly validation?: number
  readonly seed?: number
  readonly threads?: number
}

export function learnTask({
  X,
  y,
  params = {},
  weights,
  groups,
  validation = 0,
  seed = 1,
  threads = 1,
}: TreeProblem): LearnTask {
  const rows = X.length
  const width = X[0]!.length
  const values = new Float32Array(new SharedArrayBuffer(rows * width * 4))
  X.forEach((row, i) => values.set(row, i * width))
  return {
    params: gbdtParams.parse(params),
    features: Array.from({ length: width }, (_, k) => `f${k}`),
    X: values,
    rows: Int32Array.from({ length: rows }, (_, row) => row),
    trainRows: rows - validation,
    labels: Float64Array.from(y),
    weights: Float64Array.from(weights ?? y.map(() => 1)),
    groups: Int32Array.from(groups ?? y.map(() => 0)),
    seed,
    threads,
    margins: undefined,
    identity: 'a test',
  }
}

/** A model of the problem, as the kind would make it. */
export async function learnModel(problem: TreeProblem): Promise<GbdtModel> {
  const defaults = { subsample: 1, colsample_bytree: 1 }
  const task = learnTask({ ...problem, params: { ...defaults, ...problem.params } })
  const { signal } = new AbortController()
  const { base, trees } = await learn(task, { signal, onProgress: () => undefined })
  return modelOf(task, { base, trees })
}

function modelOf(
  { params, features }: LearnTask,
  { base, trees }: Pick<Learned, 'base' | 'trees'>,
): GbdtModel {
  const { objective, huber_slope, quantile_alpha, scale_pos_weight, max_delta_step, num_class } =
    params
  return {
    format: 'quorum-gbdt-2',
    features: [...features],
    categorical: params.categorical_features,
    objective: {
      objective,
      huber_slope,
      quantile_alpha,
      scale_pos_weight,
      max_delta_step,
      num_class,
    },
    base: [...base],
    trees: [...trees],
  }
}
