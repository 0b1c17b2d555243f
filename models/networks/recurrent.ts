/** What `lstm` and `gru` share: stacked layers with dropout on their states, then the last state or an attention pooling. */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { attentionPooling } from '../graph/layers/attention.ts'
import type { LayerStates } from '../graph/layers/recurrence.ts'
import { sequenceOf, type Sequence } from '../graph/layers/sequence.ts'
import type { ModelKind } from '../kind.ts'
import type { Architecture, Parameter, ParameterValues } from './architecture.ts'
import { uniform } from './parameters.ts'
import { trainingParams, trainingSearchSpace } from './training-params.ts'

export const recurrentParams = trainingParams.extend({
  /** Size of the state. */
  hidden: z.int().min(1).max(1024).default(32),
  /** Layers, each reading the states of the one below. */
  layers: z.int().min(1).max(4).default(1),
  /** Share of each layer's states that a training step drops. */
  dropout: z.number().min(0).max(0.9).default(0),
  /** What the heads read: the last state, or a weighted mean of all states whose weights are learned and can be inspected. */
  pooling: z.enum(['last', 'attention']).default('last'),
})

export type RecurrentParams = z.infer<typeof recurrentParams>

export const recurrentSearchSpace: ModelKind['searchSpace'] = {
  ...trainingSearchSpace,
  window: { type: 'integer', low: 4, high: 64, log: true },
  hidden: { type: 'integer', low: 8, high: 96, log: true },
  layers: { type: 'integer', low: 1, high: 2 },
  dropout: { type: 'float', low: 0, high: 0.4 },
  pooling: { type: 'choice', values: ['last', 'attention'] },
}

interface Recurrence {
  readonly layerParameters: (layer: number, inputs: number, hidden: number) => readonly Parameter[]
  readonly layer: (
    x: Sequence,
    layer: number,
    parameters: ParameterValues,
    states: LayerStates,
  ) => Value
}

export function recurrentArchitecture(
  { hidden, layers, dropout: rate, pooling }: RecurrentParams,
  features: number,
  { layerParameters, layer }: Recurrence,
): Architecture {
  const parameters = Array.from({ length: layers }, (_, index) =>
    layerParameters(index, index === 0 ? features : hidden, hidden),
  ).flat()
  if (pooling === 'attention') parameters.push(uniform('pooling', [hidden], 1 / Math.sqrt(hidden)))
  return {
    parameters,
    width: hidden,
    forward: (x, p, dropout) => {
      let below = x
      for (let index = 0; index + 1 < layers; index++)
        below = sequenceOf(dropout(layer(below, index, p, 'all'), rate), x)
      if (pooling === 'last')
        return { embedding: dropout(layer(below, layers - 1, p, 'last'), rate) }
      const states = dropout(layer(below, layers - 1, p, 'all'), rate)
      return attentionPooling(states, p['pooling']!)
    },
  }
}
