/**
 * Quantiles by the pinball loss (Koenker and Bassett 1978). They never cross: the middle one is linear in the embedding, and each further one is
 * a positive step away.
 */
import { check } from '../../../core/checks.ts'
import type { Value } from '../../graph/graph.ts'
import {
  add,
  matmul,
  maximum,
  mul,
  reduceSum,
  reshape,
  slice,
  softplus,
  sub,
} from '../../graph/operations/index.ts'
import type { TrainingParams } from '../training-params.ts'
import type { Head, HeadFacts } from './head.ts'
import { linear, linearParameters, weightedMean } from './linear.ts'

export function quantileHead({ quantiles: levels }: TrainingParams, { label }: HeadFacts): Head {
  const count = levels.length
  check(
    levels[0]! <= 0.5 && levels.at(-1)! >= 0.5,
    'quantiles',
    'levels on both sides of 0.5, or 0.5 itself: the prediction is the median',
    levels.join(', '),
  )
  /** The level at or just below the median, and how far the median lies towards the next one. */
  const middle = levels.findLastIndex((level) => level <= 0.5)
  const share =
    levels[middle] === 0.5 ? 0 : (0.5 - levels[middle]!) / (levels[middle + 1]! - levels[middle]!)
  /** `[batch, q]`, in label deviations. */
  const spread = (raw: Value): Value => {
    const centre = slice(raw, { axis: 1, from: 0, to: 1 })
    if (count === 1) return centre
    const steps = softplus(slice(raw, { axis: 1, from: 1, to: count }))
    // Step k lies between quantiles k and k + 1: those above the middle add up upwards, those below downwards.
    const sums = raw.graph.constant(
      'float',
      [count - 1, count],
      Float64Array.from({ length: (count - 1) * count }, (_, i) => {
        const [step, quantile] = [Math.floor(i / count), i % count]
        if (step >= middle) return quantile > step ? 1 : 0
        return quantile <= step ? -1 : 0
      }),
    )
    return add(centre, matmul(steps, sums))
  }
  return {
    name: 'quantiles',
    width: count,
    parameters: (embedding) => linearParameters('quantiles', embedding, count),
    raw: (embedding, p) => linear(embedding, p, 'quantiles'),
    loss: (input) => {
      const { graph } = input.raw
      const target = reshape(input.target, [input.target.type.shape[0]!, 1])
      const error = sub(target, spread(input.raw))
      const level = graph.constant('float', [count], levels)
      const pinball = maximum(mul(error, level), mul(error, sub(level, 1)))
      return weightedMean(mul(reduceSum(pinball, { axes: [1] }), 1 / count), input)
    },
    outputs: (raw) => {
      const quantiles = add(mul(spread(raw), label.deviation), label.mean)
      const at = (index: number): Value => slice(quantiles, { axis: 1, from: index, to: index + 1 })
      const prediction =
        share === 0 ? at(middle) : add(mul(at(middle), 1 - share), mul(at(middle + 1), share))
      return { quantiles, prediction }
    },
  }
}
