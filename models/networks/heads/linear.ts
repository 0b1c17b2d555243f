/** The linear map that every head begins with, and the weighted mean that most losses end with. */
import type { Value } from '../../graph/graph.ts'
import { dense } from '../../graph/layers/dense.ts'
import { div, maximum, mul, reduceSum, reshape } from '../../graph/operations/index.ts'
import { constant, pair } from '../parameters.ts'
import type { Parameter, ParameterValues } from '../architecture.ts'
import type { Loss, LossInput } from './head.ts'

/** Zeros, so that an untrained model predicts the same for every row. */
export function linearParameters(name: string, inputs: number, outputs: number): Parameter[] {
  return [constant(name, [inputs, outputs], 0), constant(`${name}Bias`, [outputs], 0)]
}

export function linear(embedding: Value, p: ParameterValues, name: string): Value {
  return dense(embedding, ...pair(p, name))
}

/** Σ weight · loss / Σ weight. */
export function weightedMean(each: Value, { weight }: LossInput): Loss {
  const total = reduceSum(weight)
  const losses = reshape(each, weight.type.shape)
  // The floor only matters for a batch whose weights are all 0: its loss is 0, not NaN.
  return { mean: div(reduceSum(mul(weight, losses)), maximum(total, 1e-12)), total }
}
