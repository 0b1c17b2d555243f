/**
 * Transformer encoder with pre-normalisation (Xiong et al., ICML 2020) and causal attention, pooled by learned weights that can be
 * inspected. After Vaswani et al. 2017; the feed-forward part uses gelu.
 */
import { z } from 'zod'
import type { Value } from '../../graph/graph.ts'
import {
  attentionPooling,
  causalAttention,
  type AttentionShape,
} from '../../graph/layers/attention.ts'
import { dense, gelu, layerNorm, normalisedDense } from '../../graph/layers/dense.ts'
import { rowsOf, sequenceOf, sequenceOfRows } from '../../graph/layers/sequence.ts'
import { add, mul, reduceMean, reshape, slice } from '../../graph/operations/index.ts'
import type { ModelKind } from '../../kind.ts'
import type { Architecture, Embedding, Parameter, ParameterValues } from '../architecture.ts'
import { createNetworkKind, type NetworkDefinition } from '../network-kind.ts'
import { denseParameters, normParameters, pair, uniform } from '../parameters.ts'
import { trainingParams, trainingSearchSpace } from '../training-params.ts'

const params = trainingParams
  .extend({
    /** Width of every layer; a multiple of `heads`. */
    dim: z.int().min(1).max(1024).default(32),
    heads: z.int().min(1).max(32).default(4),
    layers: z.int().min(1).max(12).default(2),
    /** Units between the two products of a layer's feed-forward part. */
    feedForward: z.int().min(1).max(4096).default(64),
    dropout: z.number().min(0).max(0.9).default(0.1),
    positions: z.enum(['learned', 'sinusoidal']).default('learned'),
    /** What the heads read: a mean of all rows weighted by attention, their plain mean, or the last row. */
    pooling: z.enum(['attention', 'mean', 'last']).default('attention'),
  })
  .refine(({ dim, heads }) => dim % heads === 0, {
    path: ['dim'],
    message: 'a multiple of the number of attention heads',
  })

export type TransformerParams = z.infer<typeof params>

export const transformerDefinition: NetworkDefinition<TransformerParams> = {
  name: 'transformer',
  doc: 'Causal pre-norm transformer encoder over a window of rows.',
  params,
  searchSpace: {
    ...trainingSearchSpace,
    window: { type: 'integer', low: 4, high: 64, log: true },
    dim: { type: 'choice', values: [16, 32, 64] },
    heads: { type: 'choice', values: [1, 2, 4, 8] },
    layers: { type: 'integer', low: 1, high: 3 },
    feedForward: { type: 'choice', values: [32, 64, 128] },
    dropout: { type: 'float', low: 0, high: 0.4 },
  },
  architecture: transformerArchitecture,
}

function transformerArchitecture(
  { window, dim, heads, layers, feedForward, dropout: rate, positions, pooling }: TransformerParams,
  features: number,
): Architecture {
  const layerParameters = (layer: number): Parameter[] => [
    ...normParameters(`attentionNorm${layer}`, dim),
    ...denseParameters(`project${layer}`, dim, 3 * dim),
    ...denseParameters(`output${layer}`, dim, dim),
    ...normParameters(`feedForwardNorm${layer}`, dim),
    ...denseParameters(`widen${layer}`, dim, feedForward),
    ...denseParameters(`narrow${layer}`, feedForward, dim),
  ]
  const encode = (rows: Value, layer: number, p: ParameterValues, shape: AttentionShape): Value => {
    const norm = pair(p, `attentionNorm${layer}`)
    const [project, projectBias] = pair(p, `project${layer}`)
    const part = (index: number): [Value, Value] => {
      const range = { from: index * dim, to: (index + 1) * dim }
      return [slice(project, { axis: 1, ...range }), slice(projectBias, { axis: 0, ...range })]
    }
    const [weight, bias] = part(0)
    const scale = 1 / Math.sqrt(dim / shape.heads)
    const queries = normalisedDense(rows, norm, [mul(weight, scale), mul(bias, scale)])
    const keys = normalisedDense(rows, norm, part(1))
    const values = normalisedDense(rows, norm, part(2))
    const seen = causalAttention([queries, keys, values], shape)
    return dense(seen, ...pair(p, `output${layer}`))
  }
  return {
    parameters: [
      ...denseParameters('embed', features, dim),
      ...(positions === 'learned' ? [uniform('positions', [window, 1, dim], 0.02)] : []),
      ...Array.from({ length: layers }, (_, layer) => layerParameters(layer)).flat(),
      ...normParameters('norm', dim),
      ...(pooling === 'attention' ? [uniform('pooling', [dim], 1 / Math.sqrt(dim))] : []),
    ],
    width: dim,
    forward: (x, p, dropout) => {
      const embedded = sequenceOfRows(dense(rowsOf(x), ...pair(p, 'embed')), x)
      const places = p['positions'] ?? sinusoidal(embedded.whole(), window, dim)
      const shape = { window, batch: x.batch, heads }
      let rows = rowsOf(sequenceOf(dropout(add(embedded.whole(), places), rate)))
      for (let layer = 0; layer < layers; layer++) {
        rows = add(rows, dropout(encode(rows, layer, p, shape), rate))
        const norm = pair(p, `feedForwardNorm${layer}`)
        const wide = gelu(normalisedDense(rows, norm, pair(p, `widen${layer}`)))
        rows = add(rows, dropout(dense(wide, ...pair(p, `narrow${layer}`)), rate))
      }
      const last = layerNorm(rows, ...pair(p, 'norm'))
      return pool(sequenceOfRows(last, x).whole(), p, pooling)
    },
  }
}

function pool(x: Value, p: ParameterValues, pooling: TransformerParams['pooling']): Embedding {
  if (pooling === 'attention') return attentionPooling(x, p['pooling']!)
  const sequence = sequenceOf(x)
  if (pooling === 'last') return { embedding: sequence.moment(sequence.window - 1) }
  return { embedding: reshape(reduceMean(x, { axes: [0] }), [sequence.batch, sequence.width]) }
}

/** Vaswani et al., section 3.5, positions counted from the oldest row; `[window, 1, dim]`. */
function sinusoidal({ graph }: Value, window: number, dim: number): Value {
  return graph.constant(
    'float',
    [window, 1, dim],
    Float64Array.from({ length: window * dim }, (_, i) => {
      const [position, channel] = [Math.floor(i / dim), i % dim]
      const angle = position / 10_000 ** ((channel - (channel % 2)) / dim)
      return channel % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }),
  )
}

export const transformer: ModelKind<TransformerParams> = createNetworkKind(transformerDefinition)
