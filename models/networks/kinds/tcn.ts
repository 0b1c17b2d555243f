/**
 * Temporal convolutional network: Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and recurrent networks for sequence modeling" (2018):
 * residual blocks of two causal convolutions, each block looking twice as far back. Weights are plain instead of weight-normalised, and each convolution is followed by layer normalisation.
 */
import { z } from 'zod'
import type { Value } from '../../graph/graph.ts'
import { causalConvolution } from '../../graph/layers/convolution.ts'
import { dense, layerNorm } from '../../graph/layers/dense.ts'
import { sequenceOf } from '../../graph/layers/sequence.ts'
import { add, relu } from '../../graph/operations/index.ts'
import type { ModelKind } from '../../kind.ts'
import type { Architecture, Parameter } from '../architecture.ts'
import { createNetworkKind, type NetworkDefinition } from '../network-kind.ts'
import { denseParameters, normParameters, pair } from '../parameters.ts'
import { trainingParams, trainingSearchSpace } from '../training-params.ts'

const params = trainingParams.extend({
  /** Filters of each convolution. */
  channels: z.int().min(1).max(512).default(32),
  /** Rows that one convolution sees. */
  kernel: z.int().min(2).max(16).default(3),
  /** Residual blocks; together they see 1 + 2 (kernel − 1) (2^blocks − 1) rows. Default: as many as cover the window. */
  blocks: z.int().min(1).max(10).nullable().default(null),
  dropout: z.number().min(0).max(0.9).default(0.1),
})

export type TcnParams = z.infer<typeof params>

export const tcnDefinition: NetworkDefinition<TcnParams> = {
  name: 'tcn',
  doc: 'Temporal convolutional network: causal dilated convolutions over a window of rows.',
  params,
  searchSpace: {
    ...trainingSearchSpace,
    window: { type: 'integer', low: 4, high: 64, log: true },
    channels: { type: 'integer', low: 8, high: 96, log: true },
    kernel: { type: 'integer', low: 2, high: 5 },
    dropout: { type: 'float', low: 0, high: 0.4 },
  },
  architecture: tcnArchitecture,
}

/** Blocks whose field of view covers the window. */
export function coveringBlocks(window: number, kernel: number): number {
  return Math.max(1, Math.ceil(Math.log2((window - 1) / (2 * (kernel - 1)) + 1)))
}

function tcnArchitecture(
  { window, channels, kernel, blocks, dropout: rate }: TcnParams,
  features: number,
): Architecture {
  const count = blocks ?? coveringBlocks(window, kernel)
  const inputs = (block: number): number => (block === 0 ? features : channels)
  const convolution = (name: string, from: number): Parameter[] => [
    ...denseParameters(name, kernel * from, channels, { gain: 2 }),
    ...normParameters(`${name}Norm`, channels),
  ]
  return {
    parameters: Array.from({ length: count }, (_, block) => [
      ...convolution(`first${block}`, inputs(block)),
      ...convolution(`second${block}`, channels),
      ...(inputs(block) === channels
        ? []
        : denseParameters(`skip${block}`, inputs(block), channels)),
    ]).flat(),
    width: channels,
    forward: (x, p, dropout) => {
      let value = x.whole()
      for (let block = 0; block < count; block++) {
        const convolve = (input: Value, name: string): Value => {
          const settings = { kernel, dilation: 2 ** block }
          const z = causalConvolution(input, ...pair(p, name), settings)
          return dropout(relu(layerNorm(z, ...pair(p, `${name}Norm`))), rate)
        }
        const inner = convolve(convolve(value, `first${block}`), `second${block}`)
        const skip = inputs(block) === channels ? value : dense(value, ...pair(p, `skip${block}`))
        value = relu(add(inner, skip))
      }
      return { embedding: sequenceOf(value).moment(window - 1) }
    },
  }
}

export const tcn: ModelKind<TcnParams> = createNetworkKind(tcnDefinition)
