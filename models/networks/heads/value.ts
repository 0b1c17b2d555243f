/** The expectation of the label. */
import type { Value } from '../../graph/graph.ts'
import { rescaled } from '../../graph/layers/dense.ts'
import {
  abs,
  add,
  asFloat,
  div,
  less,
  maximum,
  minimum,
  mul,
  reduceSum,
  reshape,
  sqrt,
  sub,
} from '../../graph/operations/index.ts'
import type { TrainingParams } from '../training-params.ts'
import type { Head, HeadFacts, Loss, LossInput } from './head.ts'
import { linear, linearParameters, weightedMean } from './linear.ts'

export function valueHead({ loss, huberDelta }: TrainingParams, { label }: HeadFacts): Head {
  return {
    name: 'value',
    width: 1,
    parameters: (embedding) => linearParameters('value', embedding, 1),
    raw: (embedding, p) => linear(embedding, p, 'value'),
    loss: (input) => {
      if (loss === 'ic') return negativeCorrelation(input)
      const error = sub(reshape(input.raw, input.target.type.shape), input.target)
      return weightedMean(loss === 'mse' ? mul(error, error) : huber(error, huberDelta), input)
    },
    outputs: (raw, { line = { slope: 1, offset: 0 } }) => ({
      prediction: rescaled(
        raw,
        label.deviation * line.slope,
        label.mean + label.deviation * line.offset,
      ),
    }),
  }
}

/** Huber 1964, scaled like a square near 0: e²/2 within ± delta, delta (|e| − delta/2) beyond. */
function huber(error: Value, delta: number): Value {
  const size = abs(error)
  const inner = minimum(size, delta)
  return mul(inner, sub(size, mul(inner, 0.5)))
}

/**
 * Minus the weighted correlation of prediction and label within each date, averaged over the dates with at least two rows: the
 * information coefficient that a panel is judged by. It leaves the scale of the prediction open.
 */
function negativeCorrelation({ raw, target, weight, layout: { dates, slots } }: LossInput): Loss {
  const grid = (value: Value): Value => reshape(value, [dates, slots])
  const along = (value: Value): Value => reduceSum(value, { axes: [1], keep: true })
  const w = grid(weight)
  const share = div(w, maximum(along(w), 1e-12))
  const centred = (value: Value): Value => sub(value, along(mul(share, value)))
  const [p, y] = [centred(grid(raw)), centred(grid(target))]
  const spread = (value: Value): Value => along(mul(share, mul(value, value)))
  const correlation = div(along(mul(share, mul(p, y))), sqrt(add(mul(spread(p), spread(y)), 1e-12)))
  const counted = asFloat(less(1.5, along(asFloat(less(0, w)))))
  const total = reduceSum(counted)
  return {
    mean: div(reduceSum(mul(counted, mul(correlation, -1))), maximum(total, 1)),
    total,
  }
}
