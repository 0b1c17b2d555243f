/** Operators on each element alone, in float64, with broadcasting. */
import { erf } from '../../graph/erf.ts'
import { broadcastPositions, broadcastShapes, type Tensor } from '../../graph/tensor.ts'
import type { Operator } from '../graph/operator.ts'

const single =
  (compute: (x: number) => number): Operator<Tensor> =>
  () =>
  (x) => ({ shape: x.shape, data: x.data.map(compute) })

const pairwise =
  (compute: (a: number, b: number) => number): Operator<Tensor> =>
  () =>
  (a, b) => {
    const shape = broadcastShapes(a.shape, b.shape) as readonly number[]
    const [left, right] = [broadcastPositions(a.shape, shape), broadcastPositions(b.shape, shape)]
    return {
      shape,
      data: Float64Array.from(left, (at, i) => compute(a.data[at]!, b.data[right[i]!]!)),
    }
  }

const comparison = (holds: (a: number, b: number) => boolean): Operator<Tensor> =>
  pairwise((a, b) => (holds(a, b) ? 1 : 0))

const where: Operator<Tensor> = () => (condition, yes, no) => {
  const branches = broadcastShapes(yes.shape, no.shape)
  const shape = broadcastShapes(condition.shape, branches) as readonly number[]
  const [c, y, n] = [condition, yes, no].map((one) => broadcastPositions(one.shape, shape)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  return {
    shape,
    data: Float64Array.from(c, (at, i) =>
      condition.data[at] === 0 ? no.data[n[i]!]! : yes.data[y[i]!]!,
    ),
  }
}

const clip: Operator<Tensor> = (node) => {
  const [low = -Infinity] = node.constant(1) ?? []
  const [high = Infinity] = node.constant(2) ?? []
  return (x) => ({
    shape: x.shape,
    data: x.data.map((value) => Math.max(low, Math.min(high, value))),
  })
}

const unchanged: Operator<Tensor> = () => (x) => x

export const elementwise: Readonly<Record<string, Operator<Tensor>>> = {
  Abs: single(Math.abs),
  Add: pairwise((a, b) => a + b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Cast: unchanged,
  Clip: clip,
  Div: pairwise((a, b) => a / b),
  Equal: comparison((a, b) => a === b),
  Erf: single(erf),
  Exp: single(Math.exp),
  Floor: single(Math.floor),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Identity: unchanged,
  IsNaN: single((x) => (Number.isNaN(x) ? 1 : 0)),
  Less: comparison((a, b) => a < b),
  Log: single(Math.log),
  Max: pairwise(Math.max),
  Min: pairwise(Math.min),
  Mul: pairwise((a, b) => a * b),
  Neg: single((x) => -x),
  Not: single((x) => (x === 0 ? 1 : 0)),
  Pow: pairwise((a, b) => a ** b),
  Relu: single((x) => Math.max(0, x)),
  Sigmoid: single((x) => 1 / (1 + Math.exp(-x))),
  Sign: single(Math.sign),
  Softplus: single((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Sqrt: single(Math.sqrt),
  Sub: pairwise((a, b) => a - b),
  Tanh: single(Math.tanh),
  Where: where,
}
