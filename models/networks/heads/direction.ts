/** Probabilities of down, flat and up: softmax regression on three classes, or logistic regression where there is no flat band. */
import type { Value } from '../../graph/graph.ts'
import {
  asFloat,
  concat,
  less,
  logSoftmax,
  matmul,
  mul,
  neg,
  reduceSum,
  reshape,
  sigmoid,
  softmax,
  softplus,
  sub,
} from '../../graph/operations/index.ts'
import type { TrainingParams } from '../training-params.ts'
import { calibrated } from './calibration.ts'
import type { Head, HeadFacts } from './head.ts'
import { linear, linearParameters, weightedMean } from './linear.ts'

/** Flat is within ± so much of 0, in the unit of the label. */
export function flatBound(
  { flatBand }: TrainingParams,
  { label }: Pick<HeadFacts, 'label'>,
): number {
  return flatBand * label.deviation
}

export function directionHead(params: TrainingParams, facts: HeadFacts): Head {
  const { label, classMeans } = facts
  const bound = flatBound(params, facts)
  const binary = params.flatBand === 0
  const width = binary ? 1 : 3
  const inDeviations = (value: number): number => (value - label.mean) / label.deviation
  return {
    name: 'direction',
    width,
    parameters: (embedding) => linearParameters('direction', embedding, width),
    raw: (embedding, p) => linear(embedding, p, 'direction'),
    loss: (input) => {
      const target = reshape(input.target, [input.target.type.shape[0]!, 1])
      const up = asFloat(less(inDeviations(bound), target))
      if (binary) return weightedMean(sub(softplus(input.raw), mul(up, input.raw)), input)
      const down = asFloat(less(target, inDeviations(-bound)))
      const classes = concat([down, sub(sub(1, down), up), up], 1)
      const likelihood = reduceSum(mul(classes, logSoftmax(input.raw)), { axes: [1] })
      return weightedMean(neg(likelihood), input)
    },
    outputs: (raw, { calibration }) => {
      const probability = calibrated(probabilities(raw, calibration?.temperature ?? 1), calibration)
      const means = raw.graph.constant('float', [3, 1], classMeans)
      return { probability, prediction: matmul(probability, means) }
    },
  }
}

function probabilities(raw: Value, temperature: number): Value {
  const scaled = mul(raw, 1 / temperature)
  if (raw.type.shape[1] === 3) return softmax(scaled)
  const up = sigmoid(scaled)
  return concat([sub(1, up), mul(up, 0), up], 1)
}
