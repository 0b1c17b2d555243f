/**
 * One LSTM layer (Hochreiter and Schmidhuber 1997, with forget gate), unrolled for training with its own backward pass.
 *
 * What makes it fast on a CPU: each gate is one product of `[x | h | 1]` with its own weights, so that the runtime fuses product, bias and activation, and no gate
 * has to be cut out of a wider matrix; the gradient of all weights and biases is one product a moment, added up while its operands are still in the cache; and the
 * derivatives of the gates use products that the forward pass has anyway: for w = i ∘ g, di = dc ∘ w ∘ (1 − i).
 */
import { withGradient } from '../custom-gradient.ts'
import type { Value } from '../graph.ts'
import {
  add,
  concat,
  lstm,
  matmul,
  mul,
  reshape,
  sigmoid,
  slice,
  sub,
  tanh,
  transpose,
} from '../operations/index.ts'
import { columns, constantOf, joinStates, sum, upstreamOf, type LayerStates } from './recurrence.ts'
import type { Sequence } from './sequence.ts'

export interface LstmWeights {
  /** `[inputs, 4 · hidden]`; gates in the order input, output, forget, candidate, as in ONNX. */
  readonly input: Value
  /** `[hidden, 4 · hidden]` */
  readonly recurrent: Value
  /** `[4 · hidden]` */
  readonly bias: Value
}

/** @param states which to give: 'all' is `[window, batch, hidden]`, 'last' is `[batch, hidden]` */
export function lstmLayer(x: Sequence, weights: LstmWeights, states: LayerStates): Value {
  if (x.learning) return unrolledLstm(x, weights, states)
  const { input, recurrent, bias } = weights
  return lstm(x.whole(), input, recurrent, bias, { last: states === 'last' })
}

interface Moment {
  /** `[x | h before | 1]` */
  readonly operands: Value
  readonly open: Value
  readonly output: Value
  readonly forget: Value
  readonly candidate: Value
  /** open ∘ candidate */
  readonly written: Value
  /** forget ∘ memory before; none at the first moment */
  readonly kept: Value | undefined
  /** tanh of the memory */
  readonly squashed: Value
  readonly state: Value
}

export function unrolledLstm(
  x: Sequence,
  { input, recurrent, bias }: LstmWeights,
  states: LayerStates,
): Value {
  const { window, width } = x
  const batch = x.batch as number
  const hidden = recurrent.type.shape[0] as number
  const weights = concat([input, recurrent, reshape(bias, [1, 4 * hidden])], 0)
  const gateWeights = [0, 1, 2, 3].map((gate) =>
    columns(weights, gate * hidden, (gate + 1) * hidden),
  )
  const ones = constantOf(input, [batch, 1], 1)
  const nothing = constantOf(input, [batch, hidden], 0)
  const moments: Moment[] = []
  let memory: Value | undefined
  for (let t = 0; t < window; t++) {
    const operands = concat([x.moment(t), moments.at(-1)?.state ?? nothing, ones], 1)
    const gate = (index: number): Value => matmul(operands, gateWeights[index]!)
    const [open, output, forget] = [sigmoid(gate(0)), sigmoid(gate(1)), sigmoid(gate(2))]
    const candidate = tanh(gate(3))
    const written = mul(open, candidate)
    const kept = memory === undefined ? undefined : mul(forget, memory)
    memory = sum(written, kept)
    const squashed = tanh(memory)
    const state = mul(output, squashed)
    moments.push({ operands, open, output, forget, candidate, written, kept, squashed, state })
  }
  const result = joinStates(
    moments.map(({ state }) => state),
    states,
  )
  return withGradient(result, [...x.parts(), input, recurrent, bias], (upstream) => {
    const above = upstreamOf(upstream, states, window)
    const { gates, weightGradient } = backwards(above, moments, recurrent)
    const part = (from: number, to: number): Value => slice(weightGradient, { axis: 0, from, to })
    return [
      ...x.join(gates.map((gate) => matmul(gate, input, { transposeRight: true }))),
      part(0, width),
      part(width, width + hidden),
      reshape(part(width + hidden, width + hidden + 1), bias.type.shape),
    ]
  })
}

/** The gradients of every moment's gates before their activation, `[batch, 4 · hidden]` each, and of all weights together. */
function backwards(
  above: (t: number) => Value | undefined,
  moments: readonly Moment[],
  recurrent: Value,
): { readonly gates: Value[]; readonly weightGradient: Value } {
  const back = transpose(recurrent, [1, 0])
  const gates = new Array<Value>(moments.length)
  let weightGradient: Value | undefined
  let state = above(moments.length - 1)!
  let memory: Value | undefined
  for (let t = moments.length - 1; t >= 0; t--) {
    const { operands, open, output, forget, candidate, written, kept, squashed } = moments[t]!
    const direct = mul(state, sub(output, mul(moments[t]!.state, squashed)))
    memory = memory === undefined ? direct : add(direct, mul(memory, moments[t + 1]!.forget))
    const own = concat(
      [
        mul(mul(memory, written), sub(1, open)),
        mul(mul(state, moments[t]!.state), sub(1, output)),
        kept === undefined ? mul(written, 0) : mul(mul(memory, kept), sub(1, forget)),
        mul(memory, sub(open, mul(written, candidate))),
      ],
      1,
    )
    gates[t] = own
    weightGradient = sum(matmul(operands, own, { transposeLeft: true }), weightGradient)
    if (t > 0) state = sum(matmul(own, back), above(t - 1))
  }
  return { gates, weightGradient: weightGradient! }
}
