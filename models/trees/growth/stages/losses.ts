/**
 * Losses of rows, which the calling thread adds up in the order of the rows, so that a metric does not depend on how many threads there are: of a
 * sample of the training rows, then of every validation row.
 */
import {
  findMetric,
  meanLoss,
  rowLosses,
  type Metric,
  type RowMean,
} from '../../objectives/metrics.ts'
import type { Objective } from '../../objectives/objective.ts'
import type { GbdtParams } from '../../gbdt-params.ts'
import { lossStep } from '../layout.ts'
import { share, type Space } from '../space.ts'
import type { Equipment } from './stages.ts'

export interface Watched {
  readonly metric: Metric
  /** Of training rows: the metric, or another where that one needs whole groups. */
  readonly train: RowMean
}

export function watchedMetric(params: GbdtParams, objective: Objective): Watched {
  const metric = findMetric(params.eval_metric ?? objective.metric)
  return { metric, train: metric.ofRows ?? rootMeanSquare }
}

const rootMeanSquare = findMetric('rmse').ofRows!

/** The thread's own rows, or all of them. */
export function computeLosses(
  space: Space,
  {
    params: settings,
    objective,
    watched,
    alone,
  }: Pick<Equipment, 'params' | 'objective' | 'watched' | 'alone'>,
): void {
  const { layout, margins, labels, losses } = space
  const { rows, trainRows } = layout
  const part = (count: number): readonly [number, number] =>
    alone ? [0, count] : share(count, space)
  const step = lossStep(trainRows)
  const sampled = Math.ceil(trainRows / step)
  const [first, end] = part(sampled)
  rowLosses(
    { margins, rows, labels, from: first * step, to: Math.min(end * step, trainRows), step },
    { objective, settings, ofRows: watched.train, losses: losses.subarray(first, end) },
  )
  const { ofRows } = watched.metric
  if (ofRows === undefined) return
  const [from, to] = part(rows - trainRows)
  rowLosses(
    { margins, rows, labels, from: trainRows + from, to: trainRows + to },
    { objective, settings, ofRows, losses: losses.subarray(sampled + from, sampled + to) },
  )
}

export function trainLoss({ layout, losses, weights }: Space, { train }: Watched): number {
  const step = lossStep(layout.trainRows)
  const sampled = Math.ceil(layout.trainRows / step)
  return meanLoss(train, losses.subarray(0, sampled), { weights, from: 0, step })
}

/** Lower is better, whatever the metric. */
export function validationLoss(
  { layout, losses, margins, labels, weights }: Space,
  { metric }: Watched,
  {
    objective,
    params,
    group,
  }: {
    readonly objective: Objective
    readonly params: GbdtParams
    readonly group: Int32Array | undefined
  },
): number {
  const { rows, trainRows: from } = layout
  const own = losses.subarray(losses.length - (rows - from))
  const value =
    metric.ofRows === undefined
      ? metric.value(
          { margins, rows, labels, weights, from, to: rows, ...(group && { group }) },
          objective,
          params,
        )
      : meanLoss(metric.ofRows, own, { weights, from, step: 1 })
  return metric.better === 'lower' ? value : -value
}
