/**
 * LSTM: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, with the forget gate of Gers, Schmidhuber
 * and Cummins (2000), its bias starting at 1 (Jozefowicz, Zaremba and Sutskever, ICML 2015).
 */
import { lstmLayer } from '../../graph/layers/lstm.ts'
import type { ModelKind } from '../../kind.ts'
import type { Parameter } from '../architecture.ts'
import { createNetworkKind, type NetworkDefinition } from '../network-kind.ts'
import { uniform } from '../parameters.ts'
import {
  recurrentArchitecture,
  recurrentParams,
  recurrentSearchSpace,
  type RecurrentParams,
} from '../recurrent.ts'

export const lstmDefinition: NetworkDefinition<RecurrentParams> = {
  name: 'lstm',
  doc: 'Long short-term memory over a window of rows.',
  params: recurrentParams,
  searchSpace: recurrentSearchSpace,
  architecture: (params, features) =>
    recurrentArchitecture(params, features, {
      layerParameters: lstmParameters,
      layer: (x, layer, p, states) =>
        lstmLayer(
          x,
          {
            input: p[`input${layer}`]!,
            recurrent: p[`recurrent${layer}`]!,
            bias: p[`bias${layer}`]!,
          },
          states,
        ),
    }),
}

function lstmParameters(layer: number, inputs: number, hidden: number): Parameter[] {
  const bound = 1 / Math.sqrt(hidden)
  return [
    uniform(`input${layer}`, [inputs, 4 * hidden], bound),
    uniform(`recurrent${layer}`, [hidden, 4 * hidden], bound),
    {
      name: `bias${layer}`,
      shape: [4 * hidden],
      // Gates lie in the order input, output, forget, candidate.
      initial: () =>
        Float64Array.from({ length: 4 * hidden }, (_, i) => (Math.floor(i / hidden) === 2 ? 1 : 0)),
    },
  ]
}

export const lstm: ModelKind<RecurrentParams> = createNetworkKind(lstmDefinition)
