/**
 * LSTM: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, with the forget gate of Gers, Schmidhuber
 * and Cummins (2000), its bias starting at 1 (Jozefowicz, Zaremba and Sutskever, ICML 2015). The head is linear on the last
 * state and starts at 0, so that an untrained model predicts the mean label.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  add,
  concat,
  matmul,
  mul,
  reshape,
  sigmoid,
  slice,
  tanh,
} from '../graph/operations/index.ts'
import { uniform, type Architecture, type Parameter } from './architecture.ts'
import type { ModelKind } from '../kind.ts'
import { createNetworkKind, type NetworkDefinition } from './network-kind.ts'
import { trainingParams, trainingSearchSpace } from './training-params.ts'

const params = trainingParams.extend({
  /** Size of the state. */
  hidden: z.int().min(1).max(512).default(32),
  /** Layers, each reading the states of the one below. */
  layers: z.int().min(1).max(4).default(1),
})

export type LstmParams = z.infer<typeof params>

export const lstmDefinition: NetworkDefinition<LstmParams> = {
  name: 'lstm',
  doc: 'Long short-term memory over a window of rows, linear head on the last state.',
  params,
  searchSpace: {
    ...trainingSearchSpace,
    hidden: { type: 'integer', low: 8, high: 96, log: true },
    layers: { type: 'integer', low: 1, high: 2 },
  },
  architecture: ({ hidden, layers, window }, features) =>
    lstmArchitecture({ hidden, layers, window, features }),
}

export const lstm: ModelKind<LstmParams> = createNetworkKind(lstmDefinition)

interface LstmShape {
  readonly features: number
  readonly window: number
  readonly hidden: number
  readonly layers: number
}

export function lstmArchitecture({ features, window, hidden, layers }: LstmShape): Architecture {
  const bound = 1 / Math.sqrt(hidden)
  const matrix = (name: string, rows: number): Parameter => ({
    name,
    shape: [rows, 4 * hidden],
    initial: uniform(rows * 4 * hidden, bound),
  })
  const layerParameters = Array.from({ length: layers }, (_, layer): Parameter[] => [
    matrix(`input${layer}`, layer === 0 ? features : hidden),
    matrix(`recurrent${layer}`, hidden),
    {
      name: `bias${layer}`,
      shape: [4 * hidden],
      // Gates lie in the order input, forget, output, candidate.
      initial: () =>
        Float64Array.from({ length: 4 * hidden }, (_, i) => (Math.floor(i / hidden) === 1 ? 1 : 0)),
    },
  ])
  return {
    parameters: [
      ...layerParameters.flat(),
      { name: 'head', shape: [hidden, 1], initial: () => new Float64Array(hidden) },
      { name: 'headBias', shape: [1], initial: () => [0] },
    ],
    forward: (x, p) => {
      let inputs = x
      let last: Value | undefined
      for (let layer = 0; layer < layers; layer++) {
        const cell = {
          input: p[`input${layer}`]!,
          recurrent: p[`recurrent${layer}`]!,
          bias: p[`bias${layer}`]!,
        }
        const states = runLayer(inputs, cell, { window, hidden })
        last = states.at(-1)!
        if (layer + 1 < layers) {
          inputs = concat(
            states.map((state) => reshape(state, [1, ...state.type.shape])),
            0,
          )
        }
      }
      return add(matmul(last!, p['head']!), p['headBias']!)
    },
  }
}

interface Cell {
  readonly input: Value
  readonly recurrent: Value
  readonly bias: Value
}

/** The state after each row of the window, `[batch, hidden]` each. */
function runLayer(
  x: Value,
  { input, recurrent, bias }: Cell,
  { window, hidden }: { readonly window: number; readonly hidden: number },
): Value[] {
  const batch = x.type.shape[1]!
  const gates = 4 * hidden
  // The inputs of all steps at once: one large product instead of `window` small ones.
  const projected = add(matmul(x, input), bias)
  const states: Value[] = []
  let state: Value | undefined
  let memory: Value | undefined
  for (let t = 0; t < window; t++) {
    const own = reshape(slice(projected, { axis: 0, from: t, to: t + 1 }), [batch, gates])
    const z = state === undefined ? own : add(matmul(state, recurrent), own)
    const open = sigmoid(slice(z, { axis: 1, from: 0, to: 3 * hidden }))
    const gate = (index: number): Value =>
      slice(open, { axis: 1, from: index * hidden, to: (index + 1) * hidden })
    const candidate = tanh(slice(z, { axis: 1, from: 3 * hidden, to: gates }))
    const written = mul(gate(0), candidate)
    memory = memory === undefined ? written : add(mul(gate(1), memory), written)
    state = mul(gate(2), tanh(memory))
    states.push(state)
  }
  return states
}
