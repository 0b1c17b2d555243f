/** GRU: Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014; three quarters of an LSTM's work. */
import { gruLayer } from '../../graph/layers/gru.ts'
import type { ModelKind } from '../../kind.ts'
import type { Parameter } from '../architecture.ts'
import { createNetworkKind, type NetworkDefinition } from '../network-kind.ts'
import { constant, uniform } from '../parameters.ts'
import {
  recurrentArchitecture,
  recurrentParams,
  recurrentSearchSpace,
  type RecurrentParams,
} from '../recurrent.ts'

export const gruDefinition: NetworkDefinition<RecurrentParams> = {
  name: 'gru',
  doc: 'Gated recurrent units over a window of rows.',
  params: recurrentParams,
  searchSpace: recurrentSearchSpace,
  architecture: (params, features) =>
    recurrentArchitecture(params, features, {
      layerParameters: gruParameters,
      layer: (x, layer, p, states) =>
        gruLayer(
          x,
          {
            input: p[`input${layer}`]!,
            recurrent: p[`recurrent${layer}`]!,
            bias: p[`bias${layer}`]!,
            recurrentBias: p[`recurrentBias${layer}`]!,
          },
          states,
        ),
    }),
}

function gruParameters(layer: number, inputs: number, hidden: number): Parameter[] {
  const bound = 1 / Math.sqrt(hidden)
  return [
    uniform(`input${layer}`, [inputs, 3 * hidden], bound),
    uniform(`recurrent${layer}`, [hidden, 3 * hidden], bound),
    constant(`bias${layer}`, [3 * hidden], 0),
    constant(`recurrentBias${layer}`, [hidden], 0),
  ]
}

export const gru: ModelKind<RecurrentParams> = createNetworkKind(gruDefinition)
