/**
 * The derivative of each operation as a rule that builds more graph: given the gradient of the loss in the result, the gradients
 * in the inputs (Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 3: vector-Jacobian products). `undefined`
 * stands for an input through which nothing flows. Kinks (relu at 0, equal arguments of minimum) take one side.
 */
import { invalid } from '../../core/checks.ts'
import type { OperationSource, Value } from './graph.ts'
import { unrolledGru } from './layers/gru.ts'
import { unrolledLstm } from './layers/lstm.ts'
import { sequenceOf } from './layers/sequence.ts'
import {
  asFloat,
  div,
  equal,
  exp,
  expand,
  gather,
  inverseDeviation,
  less,
  log,
  matmul,
  mul,
  neg,
  normalise,
  pad,
  pow,
  reduceMean,
  reduceSum,
  reshape,
  scatterAdd,
  sigmoid,
  sign,
  slice,
  sub,
  transpose,
  where,
  type OperationName,
} from './operations/index.ts'
import { flags } from './operations/matrix.ts'
import { range } from './operations/shape.ts'
import { sameShape, type Shape } from './tensor.ts'

type Gradients = readonly (Value | undefined)[]
export type GradientRule = (upstream: Value, source: OperationSource, result: Value) => Gradients

/** A pairwise operation: each side's gradient is summed over the axes that broadcasting stretched. */
const pairwise =
  (rule: (upstream: Value, a: Value, b: Value, result: Value) => Gradients): GradientRule =>
  (upstream, { inputs }, result) =>
    rule(upstream, inputs[0]!, inputs[1]!, result).map((gradient, i) =>
      gradient === undefined ? undefined : unbroadcast(gradient, inputs[i]!.type.shape),
    )

const single =
  (rule: (upstream: Value, x: Value, result: Value) => Value | undefined): GradientRule =>
  (upstream, { inputs }, result) => [rule(upstream, inputs[0]!, result)]

const blocked: GradientRule = () => []

/** Sums away the axes that broadcasting added or stretched. */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  const from = gradient.type.shape
  if (sameShape(from, shape)) return gradient
  const shift = from.length - shape.length
  const axes = from.flatMap((length, axis) =>
    axis < shift || (shape[axis - shift] === 1 && length !== 1) ? [axis] : [],
  )
  return reshape(reduceSum(gradient, { axes, keep: true }), shape)
}

function unrolledGradient(upstream: Value, { source }: Value): Gradients {
  // The first is of the layer's own result, through which nothing flows.
  return source.kind === 'operation' ? source.gradient!(upstream).slice(1) : []
}

export const gradientRules: Readonly<Record<OperationName, GradientRule>> = {
  add: pairwise((d) => [d, d]),
  sub: pairwise((d) => [d, neg(d)]),
  mul: pairwise((d, a, b) => [mul(d, b), mul(d, a)]),
  div: pairwise((d, _, b, y) => [div(d, b), neg(div(mul(d, y), b))]),
  pow: pairwise((d, a, b, y) => [
    mul(d, mul(b, pow(a, sub(b, 1)))),
    // A constant exponent needs no gradient, and log(a) may not exist.
    b.source.kind === 'constant' ? undefined : mul(d, mul(y, log(a))),
  ]),
  minimum: pairwise((d, a, b) => [where(less(a, b), d, 0), where(less(a, b), 0, d)]),
  maximum: pairwise((d, a, b) => [where(less(b, a), d, 0), where(less(b, a), 0, d)]),
  less: blocked,
  equal: blocked,
  and: blocked,
  floor: blocked,
  isNaN: blocked,
  sign: blocked,
  neg: single((d) => neg(d)),
  exp: single((d, _, y) => mul(d, y)),
  log: single((d, x) => div(d, x)),
  sqrt: single((d, _, y) => div(mul(d, 0.5), y)),
  tanh: single((d, _, y) => mul(d, sub(1, mul(y, y)))),
  erf: single((d, x) => mul(d, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  softplus: single((d, x) => mul(d, sigmoid(x))),
  asFloat: single((d, x) => (x.type.element === 'float' ? d : undefined)),
  sigmoid: single((d, _, y) => mul(d, mul(y, sub(1, y)))),
  relu: single((d, x) => where(less(0, x), d, 0)),
  abs: single((d, x) => mul(d, sign(x))),
  clip: single((d, x, y) => where(equal(x, y), d, 0)),
  where: (d, { inputs }) => {
    const [condition, yes, no] = inputs
    return [
      undefined,
      unbroadcast(where(condition!, d, 0), yes!.type.shape),
      unbroadcast(where(condition!, 0, d), no!.type.shape),
    ]
  },

  reshape: single((d, x) => reshape(d, x.type.shape)),
  transpose: (d, { attributes }) => {
    const order = attributes['order'] as readonly number[]
    return [
      transpose(
        d,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ]
  },
  expand: single((d, x) => unbroadcast(d, x.type.shape)),
  slice: (d, { inputs, attributes }) => {
    const { axis, from, to } = range(attributes)
    return [pad(d, { axis, from, to, length: inputs[0]!.type.shape[axis] as number })]
  },
  pad: (d, { attributes }) => [slice(d, range(attributes))],
  concat: (d, { inputs, attributes }) => {
    const axis = attributes['axis'] as number
    let to = 0
    return inputs.map(({ type }) => {
      const from = to
      to += type.shape[axis] as number
      return slice(d, { axis, from, to })
    })
  },

  reduceSum: single((d, x) => expand(d, x.type.shape)),
  // Where several are greatest, each takes its share, so that the shares add up to the gradient.
  reduceMax: (d, { inputs, attributes }, y) => {
    const greatest = asFloat(equal(inputs[0]!, y))
    const axes = attributes['axes'] as readonly number[]
    return [mul(greatest, div(d, reduceSum(greatest, { axes, keep: true })))]
  },
  logSoftmax: single((d, x, y) =>
    sub(d, mul(exp(y), reduceSum(d, { axes: [x.type.shape.length - 1], keep: true }))),
  ),
  normalise: (d, { inputs, attributes }, y) => {
    const inverse = inverseDeviation(inputs[0]!, attributes['epsilon'] as number)
    const axes = { axes: [y.type.shape.length - 1], keep: true }
    const along = sub(sub(d, reduceMean(d, axes)), mul(y, reduceMean(mul(d, y), axes)))
    return [mul(inverse, along)]
  },
  inverseDeviation: (d, { inputs, attributes }, y) => {
    const x = inputs[0]!
    const normal = normalise(x, attributes['epsilon'] as number)
    const width = x.type.shape.at(-1) as number
    return [mul(mul(d, mul(y, y)), mul(normal, -1 / width))]
  },
  lstm: (d, { inputs: [x, input, recurrent, bias], attributes }) =>
    unrolledGradient(
      d,
      unrolledLstm(
        sequenceOf(x!),
        { input: input!, recurrent: recurrent!, bias: bias! },
        attributes['last'] === true ? 'last' : 'all',
      ),
    ),
  gru: (d, { inputs: [x, input, recurrent, bias, recurrentBias], attributes }) =>
    unrolledGradient(
      d,
      unrolledGru(
        sequenceOf(x!),
        {
          input: input!,
          recurrent: recurrent!,
          bias: bias!,
          recurrentBias: recurrentBias!,
        },
        attributes['last'] === true ? 'last' : 'all',
      ),
    ),
  softmax: single((d, x, y) =>
    mul(y, sub(d, reduceSum(mul(d, y), { axes: [x.type.shape.length - 1], keep: true }))),
  ),
  gather: (d, { inputs }) => {
    const [table, indices] = inputs
    return [scatterAdd(indices!, d, table!.type.shape[0] as number)]
  },
  scatterAdd: (d, { inputs }) => [undefined, gather(d, inputs[0]!)],
  matmul: (d, { inputs, attributes }) => {
    const [a, b] = inputs as [Value, Value]
    const { left, right } = flags(attributes)
    if (a.type.shape.length !== b.type.shape.length) {
      throw invalid('a differentiated matrix product', 'of known dimensions', 'a named one')
    }
    return [
      left
        ? matmul(b, d, { transposeLeft: right, transposeRight: true })
        : matmul(d, b, { transposeRight: !right }),
      right
        ? matmul(d, a, { transposeLeft: true, transposeRight: left })
        : matmul(a, d, { transposeLeft: !left }),
    ]
  },
}
