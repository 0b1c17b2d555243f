/** Multi-layer perceptron on the rows of the window side by side; by default one row, so that it sees levels and not order. */
import { z } from 'zod'
import { dense, gelu, layerNorm } from '../../graph/layers/dense.ts'
import { concat, relu, tanh } from '../../graph/operations/index.ts'
import type { ModelKind } from '../../kind.ts'
import type { Architecture, Parameter } from '../architecture.ts'
import { createNetworkKind, type NetworkDefinition } from '../network-kind.ts'
import { denseParameters, normParameters, pair } from '../parameters.ts'
import { trainingParams, trainingSearchSpace } from '../training-params.ts'

const activations = { gelu, relu, tanh } as const
const activationNames = ['gelu', 'relu', 'tanh'] as const

const params = trainingParams.extend({
  window: trainingParams.shape.window.unwrap().default(1),
  /** Units of each hidden layer. */
  hidden: z.int().min(1).max(4096).default(64),
  /** Hidden layers. */
  layers: z.int().min(1).max(8).default(2),
  dropout: z.number().min(0).max(0.9).default(0.1),
  activation: z.enum(activationNames).default('gelu'),
  /** Normalise each layer before its activation. */
  layerNorm: z.boolean().default(true),
})

export type MlpParams = z.infer<typeof params>

export const mlpDefinition: NetworkDefinition<MlpParams> = {
  name: 'mlp',
  doc: 'Multi-layer perceptron on one row, or on the rows of a window side by side.',
  params,
  searchSpace: {
    ...trainingSearchSpace,
    hidden: { type: 'integer', low: 8, high: 256, log: true },
    layers: { type: 'integer', low: 1, high: 4 },
    dropout: { type: 'float', low: 0, high: 0.5 },
    activation: { type: 'choice', values: activationNames },
  },
  architecture: mlpArchitecture,
}

function mlpArchitecture(
  { window, hidden, layers, dropout: rate, activation, layerNorm: normalises }: MlpParams,
  features: number,
): Architecture {
  return {
    parameters: Array.from({ length: layers }, (_, layer): Parameter[] => [
      ...denseParameters(`layer${layer}`, layer === 0 ? window * features : hidden, hidden, {
        gain: activation === 'tanh' ? 1 : 2,
      }),
      ...(normalises ? normParameters(`norm${layer}`, hidden) : []),
    ]).flat(),
    width: hidden,
    forward: (x, p, dropout) => {
      let embedding = concat(
        Array.from({ length: window }, (_, t) => x.moment(t)),
        1,
      )
      for (let layer = 0; layer < layers; layer++) {
        const z = dense(embedding, ...pair(p, `layer${layer}`))
        const scaled = normalises ? layerNorm(z, ...pair(p, `norm${layer}`)) : z
        embedding = dropout(activations[activation](scaled), rate)
      }
      return { embedding }
    },
  }
}

export const mlp: ModelKind<MlpParams> = createNetworkKind(mlpDefinition)
