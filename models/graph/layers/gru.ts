/**
 * One GRU layer, unrolled for training with its own backward pass: Cho et al. (EMNLP 2014) with the reset gate applied after the recurrent
 * product, as in cuDNN, PyTorch and ONNX (`linear_before_reset`).
 *
 *   u, r = σ([x | 1 | h] · W)    q = [1 | h] · Q    n = tanh([x | 1] · N + r ∘ q)    h' = n + u ∘ (h − n)
 *
 * Going back in time every gate's derivative is dh times a factor that the forward pass already gave. Products are laid out as in the LSTM layer, for the same reasons.
 */
import { withGradient } from '../custom-gradient.ts'
import type { Value } from '../graph.ts'
import {
  add,
  concat,
  gru,
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

export interface GruWeights {
  /** `[inputs, 3 · hidden]`; gates in the order update, reset, candidate, as in ONNX. */
  readonly input: Value
  /** `[hidden, 3 · hidden]` */
  readonly recurrent: Value
  /** `[3 · hidden]`, added to the inputs' product. */
  readonly bias: Value
  /** `[hidden]`, added to the candidate's recurrent product, inside the reset. */
  readonly recurrentBias: Value
}

/** @param states which to give: 'all' is `[window, batch, hidden]`, 'last' is `[batch, hidden]` */
export function gruLayer(x: Sequence, weights: GruWeights, states: LayerStates): Value {
  if (x.learning) return unrolledGru(x, weights, states)
  const { input, recurrent, bias, recurrentBias } = weights
  return gru(x.whole(), input, recurrent, bias, recurrentBias, { last: states === 'last' })
}

interface Moment {
  /** `[x | 1]` */
  readonly inputs: Value
  /** `[1 | h before]` */
  readonly before: Value
  /** `[x | 1 | h before]` */
  readonly operands: Value
  readonly update: Value
  readonly reset: Value
  readonly candidate: Value
  /** reset ∘ q */
  readonly recalled: Value
  /** update ∘ (h before − candidate) */
  readonly moved: Value
  readonly state: Value
}

export function unrolledGru(
  x: Sequence,
  { input, recurrent, bias, recurrentBias }: GruWeights,
  states: LayerStates,
): Value {
  const { window, width } = x
  const batch = x.batch as number
  const hidden = recurrent.type.shape[0] as number
  const ofInputs = concat([input, reshape(bias, [1, 3 * hidden])], 0)
  const weights = concat([ofInputs, recurrent], 0)
  const [updateWeights, resetWeights] = [0, 1].map((gate) =>
    columns(weights, gate * hidden, (gate + 1) * hidden),
  ) as [Value, Value]
  const candidateWeights = columns(ofInputs, 2 * hidden, 3 * hidden)
  const recallWeights = concat(
    [reshape(recurrentBias, [1, hidden]), columns(recurrent, 2 * hidden, 3 * hidden)],
    0,
  )
  const ones = constantOf(input, [batch, 1], 1)
  const moments: Moment[] = []
  let last = constantOf(input, [batch, hidden], 0)
  for (let t = 0; t < window; t++) {
    const inputs = concat([x.moment(t), ones], 1)
    const before = concat([ones, last], 1)
    const operands = concat([x.moment(t), ones, last], 1)
    const update = sigmoid(matmul(operands, updateWeights))
    const reset = sigmoid(matmul(operands, resetWeights))
    const recalled = mul(reset, matmul(before, recallWeights))
    const candidate = tanh(add(matmul(inputs, candidateWeights), recalled))
    const moved = mul(update, sub(last, candidate))
    last = add(candidate, moved)
    moments.push({
      inputs,
      before,
      operands,
      update,
      reset,
      candidate,
      recalled,
      moved,
      state: last,
    })
  }
  const result = joinStates(
    moments.map(({ state }) => state),
    states,
  )
  const from = [...x.parts(), input, recurrent, bias, recurrentBias]
  return withGradient(result, from, (upstream) => {
    const above = upstreamOf(upstream, states, window)
    const { gates, candidates, sums } = backwards(above, moments, recurrent)
    const rows = (value: Value, begin: number, end: number): Value =>
      slice(value, { axis: 0, from: begin, to: end })
    const withBias = concat([rows(sums.gates, 0, width + 1), sums.candidate], 1)
    return [
      ...x.join(
        gates.map((gate, t) =>
          matmul(concat([gate, candidates[t]!], 1), input, { transposeRight: true }),
        ),
      ),
      rows(withBias, 0, width),
      concat(
        [rows(sums.gates, width + 1, width + 1 + hidden), rows(sums.recall, 1, 1 + hidden)],
        1,
      ),
      reshape(rows(withBias, width, width + 1), bias.type.shape),
      reshape(rows(sums.recall, 0, 1), recurrentBias.type.shape),
    ]
  })
}

interface GateGradients {
  /** Of update and reset before their activation, `[batch, 2 · hidden]` a moment. */
  readonly gates: readonly Value[]
  /** Of the candidate before its tanh, `[batch, hidden]` a moment. */
  readonly candidates: readonly Value[]
  /** Of the weights, over all moments: of update and reset, of N and of Q. */
  readonly sums: { readonly gates: Value; readonly candidate: Value; readonly recall: Value }
}

function backwards(
  above: (t: number) => Value | undefined,
  moments: readonly Moment[],
  recurrent: Value,
): GateGradients {
  const back = transpose(recurrent, [1, 0])
  const gates = new Array<Value>(moments.length)
  const candidates = new Array<Value>(moments.length)
  let sums: GateGradients['sums'] | undefined
  let state = above(moments.length - 1)!
  for (let t = moments.length - 1; t >= 0; t--) {
    const { inputs, before, operands, update, reset, candidate, recalled, moved } = moments[t]!
    const passed = mul(state, update)
    const inside = mul(sub(state, passed), sub(1, mul(candidate, candidate)))
    const pair = concat(
      [mul(mul(state, moved), sub(1, update)), mul(mul(inside, recalled), sub(1, reset))],
      1,
    )
    const ofRecall = mul(inside, reset)
    gates[t] = pair
    candidates[t] = inside
    sums = {
      gates: sum(matmul(operands, pair, { transposeLeft: true }), sums?.gates),
      candidate: sum(matmul(inputs, inside, { transposeLeft: true }), sums?.candidate),
      recall: sum(matmul(before, ofRecall, { transposeLeft: true }), sums?.recall),
    }
    if (t > 0) state = sum(add(matmul(concat([pair, ofRecall], 1), back), passed), above(t - 1))
  }
  return { gates, candidates, sums: sums! }
}
