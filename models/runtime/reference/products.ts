/** Matrix products, in float64, and the recurrent layers that are made of them. */
import { check } from '../../../core/checks.ts'
import { broadcastPositions, broadcastShapes, showShape, type Tensor } from '../../graph/tensor.ts'
import { checkRecurrent } from '../graph/recurrent-node.ts'
import type { Operator } from '../graph/operator.ts'

/** `[..., m, k] · [..., k, n]`; leading axes broadcast. */
function product(a: Tensor, b: Tensor): Tensor {
  const [m, k] = a.shape.slice(-2) as [number, number]
  const [rows, n] = b.shape.slice(-2) as [number, number]
  check(
    k === rows,
    'a matrix product',
    'of [m, k] and [k, n]',
    `${showShape(a.shape)} and ${showShape(b.shape)}`,
  )
  const [leadingA, leadingB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const leading = broadcastShapes(leadingA, leadingB) as readonly number[]
  const fromA = broadcastPositions(leadingA, leading)
  const fromB = broadcastPositions(leadingB, leading)
  const data = new Float64Array(fromA.length * m * n)
  fromA.forEach((atA, batch) => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let l = 0; l < k; l++)
          sum += a.data[(atA * m + i) * k + l]! * b.data[(fromB[batch]! * k + l) * n + j]!
        data[(batch * m + i) * n + j] = sum
      }
    }
  })
  return { shape: [...leading, m, n], data }
}

function transposed({ shape: [rows, columns], data }: Tensor): Tensor {
  const [m, n] = [rows!, columns!]
  const turned = Float64Array.from(data, (_, at) => data[(at % m) * n + Math.floor(at / m)]!)
  return { shape: [n, m], data: turned }
}

/** alpha · A · B + beta · C, of matrices. */
const gemm: Operator<Tensor> = (node) => {
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)]
  const [left, right] = [node.int('transA', 0) === 1, node.int('transB', 0) === 1]
  return (a, b, c?: Tensor) => {
    const { shape, data } = product(left ? transposed(a) : a, right ? transposed(b) : b)
    const positions = c && broadcastPositions(c.shape, shape)
    return {
      shape,
      data: data.map((value, i) => alpha * value + beta * (positions ? c.data[positions[i]!]! : 0)),
    }
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** What a gate of one unit sums up: rows of the weights are gates, as ONNX has them. */
function weighted(weights: Tensor, gate: number, values: Float64Array): number {
  const width = weights.shape.at(-1)!
  let sum = 0
  for (let i = 0; i < width; i++) sum += weights.data[gate * width + i]! * values[i]!
  return sum
}

interface Layer {
  readonly x: Tensor
  readonly hidden: number
  /** The state after a moment from the inputs of one sequence; may keep memory between its calls. */
  readonly step: (input: Float64Array, state: Float64Array, memory: Float64Array) => Float64Array
}

/** Every sequence of `[window, batch, inputs]` from state 0: all states, the last state, the last memory. */
function runSequences({ x, hidden, step }: Layer): Tensor[] {
  const [window, batch, width] = x.shape as [number, number, number]
  const states = new Float64Array(window * batch * hidden)
  const [last, memories] = [new Float64Array(batch * hidden), new Float64Array(batch * hidden)]
  for (let k = 0; k < batch; k++) {
    const memory = memories.subarray(k * hidden, (k + 1) * hidden)
    let state = new Float64Array(hidden)
    for (let t = 0; t < window; t++) {
      const from = (t * batch + k) * width
      state = Float64Array.from(step(x.data.subarray(from, from + width), state, memory))
      states.set(state, (t * batch + k) * hidden)
    }
    last.set(state, k * hidden)
  }
  return [
    { shape: [window, 1, batch, hidden], data: states },
    { shape: [1, batch, hidden], data: last },
    { shape: [1, batch, hidden], data: memories },
  ]
}

/** Gates in the order input, output, forget, candidate. */
const lstm: Operator<Tensor> = (node) => {
  const hidden = checkRecurrent(node)
  return (x, W, R, B?: Tensor) => {
    const sum = (gate: number, input: Float64Array, state: Float64Array): number =>
      weighted(W, gate, input) +
      weighted(R, gate, state) +
      (B === undefined ? 0 : B.data[gate]! + B.data[4 * hidden + gate]!)
    return runSequences({
      x: x,
      hidden,
      step: (input, state, memory) =>
        Float64Array.from({ length: hidden }, (_, j) => {
          const [i, o, f, c] = [0, 1, 2, 3].map((gate) => sum(gate * hidden + j, input, state)) as [
            number,
            number,
            number,
            number,
          ]
          memory[j] = sigmoid(f) * memory[j]! + sigmoid(i) * Math.tanh(c)
          return sigmoid(o) * Math.tanh(memory[j])
        }),
    })
  }
}

/** Gates in the order update, reset, candidate; the reset is applied after the recurrent product. */
const gru: Operator<Tensor> = (node) => {
  const hidden = checkRecurrent(node)
  return (x, W, R, B?: Tensor) => {
    const own = (gate: number, input: Float64Array): number =>
      weighted(W, gate, input) + (B?.data[gate] ?? 0)
    const recalled = (gate: number, state: Float64Array): number =>
      weighted(R, gate, state) + (B?.data[3 * hidden + gate] ?? 0)
    return runSequences({
      x: x,
      hidden,
      step: (input, state) =>
        Float64Array.from({ length: hidden }, (_, j) => {
          const update = sigmoid(own(j, input) + recalled(j, state))
          const reset = sigmoid(own(hidden + j, input) + recalled(hidden + j, state))
          const candidate = Math.tanh(
            own(2 * hidden + j, input) + reset * recalled(2 * hidden + j, state),
          )
          return (1 - update) * candidate + update * state[j]!
        }),
    })
  }
}

export const products: Readonly<Record<string, Operator<Tensor>>> = {
  GRU: gru,
  Gemm: gemm,
  LSTM: lstm,
  MatMul: () => (a, b) => product(a, b),
}
