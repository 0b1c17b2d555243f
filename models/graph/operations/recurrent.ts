/**
 * Whole recurrent layers as one operation each, for prediction: ONNX has them, and a runtime's own is several times faster at batch 1 than the
 * unrolled graph. Training unrolls them (`layers/lstm.ts`, `layers/gru.ts`); their derivative is that of the unrolled layer.
 * Sequences are time first; initial states are 0.
 */
import { check } from '../../../core/checks.ts'
import type { Attributes, Emitter, Operation, OperationValue, Value } from '../graph.ts'
import { showShape, sizeOf, type TensorType } from '../tensor.ts'

/** Inputs x `[window, batch, inputs]`, W `[inputs, 4 · hidden]`, U `[hidden, 4 · hidden]`, b `[4 · hidden]`; gates input, output, forget, candidate. */
const lstmOperation: Operation = {
  name: 'lstm',
  infer: (inputs, attributes) => inferStates('lstm', inputs, 4, attributes),
  evaluate: wanted(([x, W, U, b], _, [window, batch, hidden]) => {
    const out = new Float64Array(window! * batch! * hidden!)
    const memory = new Float64Array(batch! * hidden!)
    for (let t = 0; t < window!; t++) {
      for (let k = 0; k < batch!; k++) {
        const z = Float64Array.from({ length: 4 * hidden! }, (__, gate) =>
          preActivation([x!, W!, U!], out, { t, k, gate, batch: batch!, hidden: hidden! }),
        )
        for (let j = 0; j < hidden!; j++) {
          const [input, output, forget, candidate] = [0, 1, 2, 3].map(
            (gate) => z[gate * hidden! + j]! + b!.data[gate * hidden! + j]!,
          ) as [number, number, number, number]
          const at = k * hidden! + j
          memory[at] = sigmoid(forget) * memory[at]! + sigmoid(input) * Math.tanh(candidate)
          out[t * batch! * hidden! + at] = sigmoid(output) * Math.tanh(memory[at])
        }
      }
    }
    return out
  }),
  emit: (emitter, [x, W, U, b], value) => {
    const gates = 4 * hiddenOf(value)
    const biases = emitter.node('Concat', [b!, emitter.floats(new Array<number>(gates).fill(0))], {
      axis: { int: 0 },
    })
    return emitStates(emitter, 'LSTM', [x!, W!, U!, biases], value)
  },
}

/**
 * Inputs x `[window, batch, inputs]`, W `[inputs, 3 · hidden]`, U `[hidden, 3 · hidden]`, b `[3 · hidden]`, c `[hidden]` (inside the reset);
 * gates update, reset, candidate.
 */
const gruOperation: Operation = {
  name: 'gru',
  infer: (inputs, attributes) => inferStates('gru', inputs, 3, attributes),
  evaluate: wanted(([x, W, U, b, c], _, [window, batch, hidden]) => {
    const out = new Float64Array(window! * batch! * hidden!)
    const at = { batch: batch!, hidden: hidden! }
    const nothing = { ...U!, data: new Float64Array(U!.data.length) }
    const noInput = { ...W!, data: new Float64Array(W!.data.length) }
    for (let t = 0; t < window!; t++) {
      for (let k = 0; k < batch!; k++) {
        const own = (gate: number): number =>
          preActivation([x!, W!, nothing], out, { t, k, gate, ...at }) + b!.data[gate]!
        const recalled = (gate: number): number =>
          preActivation([x!, noInput, U!], out, { t, k, gate, ...at })
        const next = Float64Array.from({ length: hidden! }, (__, j) => {
          const update = sigmoid(own(j) + recalled(j))
          const reset = sigmoid(own(hidden! + j) + recalled(hidden! + j))
          const gate = 2 * hidden! + j
          const candidate = Math.tanh(own(gate) + reset * (recalled(gate) + c!.data[j]!))
          const before = t === 0 ? 0 : out[((t - 1) * batch! + k) * hidden! + j]!
          return candidate + update * (before - candidate)
        })
        out.set(next, (t * batch! + k) * hidden!)
      }
    }
    return out
  }),
  emit: (emitter, [x, W, U, b, c], value) => {
    const zeros = emitter.floats(new Array<number>(2 * hiddenOf(value)).fill(0))
    const biases = emitter.node('Concat', [b!, zeros, c!], { axis: { int: 0 } })
    return emitStates(emitter, 'GRU', [x!, W!, U!, biases], value)
  },
}

/** Computes all states; an operation that gives the last one alone keeps that. */
function wanted(evaluate: Operation['evaluate']): Operation['evaluate'] {
  return (inputs, attributes, shape) => {
    if (attributes['last'] !== true) return evaluate(inputs, attributes, shape)
    const all = evaluate(inputs, attributes, [inputs[0]!.shape[0]!, ...shape])
    return all.slice(-sizeOf(shape))
  }
}

interface At {
  readonly t: number
  readonly k: number
  readonly gate: number
  readonly batch: number
  readonly hidden: number
}

/** Σ x·W + Σ h·U of one gate, h being the states of the moment before in `states`. */
function preActivation(
  [x, W, U]: readonly [
    { readonly data: Float64Array; readonly shape: readonly number[] },
    { readonly data: Float64Array; readonly shape: readonly number[] },
    { readonly data: Float64Array; readonly shape: readonly number[] },
  ],
  states: Float64Array,
  { t, k, gate, batch, hidden }: At,
): number {
  const [inputs, gates] = W.shape as [number, number]
  let sum = 0
  for (let i = 0; i < inputs; i++)
    sum += x.data[(t * batch + k) * inputs + i]! * W.data[i * gates + gate]!
  if (t === 0) return sum
  for (let j = 0; j < hidden; j++)
    sum += states[((t - 1) * batch + k) * hidden + j]! * U.data[j * gates + gate]!
  return sum
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

function inferStates(
  name: string,
  inputs: readonly TensorType[],
  gates: number,
  attributes: Attributes,
): TensorType {
  const [x, W, U, b] = inputs as [TensorType, TensorType, TensorType, TensorType]
  const [hidden] = U.shape
  const fits =
    x.shape.length === 3 &&
    typeof hidden === 'number' &&
    W.shape[0] === x.shape[2] &&
    [W.shape[1], U.shape[1], b.shape[0]].every((length) => length === gates * hidden) &&
    (inputs[4] === undefined || inputs[4].shape[0] === hidden)
  check(
    fits,
    `the inputs of ${name}`,
    `[window, batch, inputs], [inputs, ${gates} · hidden], [hidden, ${gates} · hidden], [${gates} · hidden]`,
    inputs.map(({ shape }) => showShape(shape)).join(' and '),
  )
  const [window, batch] = [x.shape[0]!, x.shape[1]!]
  const shape = attributes['last'] === true ? [batch, hidden] : [window, batch, hidden]
  return { element: 'float', shape }
}

function hiddenOf(value: OperationValue): number {
  return value.type.shape.at(-1) as number
}

/** ONNX wants the weights transposed, and a leading axis for the direction on all but the sequence. */
function emitStates(
  emitter: Emitter,
  type: 'LSTM' | 'GRU',
  [x, W, U, biases]: readonly [string, string, string, string],
  value: OperationValue,
): string {
  const first = emitter.ints([0])
  const turned = (name: string): string =>
    emitter.node('Unsqueeze', [
      emitter.node('Transpose', [name], { perm: { ints: [1, 0] } }),
      first,
    ])
  const [all, last] = emitter.nodes(
    type,
    [x, turned(W), turned(U), emitter.node('Unsqueeze', [biases, first])],
    {
      hidden_size: { int: hiddenOf(value) },
      ...(type === 'GRU' ? { linear_before_reset: { int: 1 } } : {}),
    },
    2,
  )
  // [window, directions, batch, hidden] and [directions, batch, hidden]
  return value.source.attributes['last'] === true
    ? emitter.node('Squeeze', [last!, first])
    : emitter.node('Squeeze', [all!, emitter.ints([1])])
}

export const recurrent = {
  lstm: lstmOperation,
  gru: gruOperation,
} as const satisfies Record<string, Operation>

export interface RecurrentOptions {
  /** Only the state after the last moment, `[batch, hidden]`. */
  readonly last?: boolean
}

const attributesOf = ({ last = false }: RecurrentOptions): Attributes => (last ? { last } : {})

/** The state after each moment, `[window, batch, hidden]`. */
export function lstm(
  x: Value,
  input: Value,
  recurrentWeights: Value,
  bias: Value,
  options: RecurrentOptions = {},
): Value {
  const inputs = [x, input, recurrentWeights, bias]
  return x.graph.apply(lstmOperation, inputs, attributesOf(options))
}

/** The state after each moment, `[window, batch, hidden]`. */
export function gru(
  x: Value,
  input: Value,
  recurrentWeights: Value,
  bias: Value,
  recurrentBias: Value,
  options: RecurrentOptions = {},
): Value {
  const inputs = [x, input, recurrentWeights, bias, recurrentBias]
  return x.graph.apply(gruOperation, inputs, attributesOf(options))
}
