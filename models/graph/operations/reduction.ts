/** Sums over axes, what is made of them, and softmax. */
import { check } from '../../../core/checks.ts'
import type { Attributes, Operation, Value } from '../graph.ts'
import { mapPositions, showShape, sizeOf, stridesOf } from '../tensor.ts'
import { mul } from './elementwise.ts'
import { reshape } from './shape.ts'

/** Sums over the axes and keeps them, with length 1. */
const reduceSumOperation: Operation = {
  name: 'reduceSum',
  infer: ([x], attributes) => {
    const axes = axesOf(attributes)
    check(
      axes.every((axis) => axis >= 0 && axis < x!.shape.length),
      'the axes of a sum',
      `axes of ${showShape(x!.shape)}`,
      showShape(axes),
    )
    return {
      element: x!.element,
      shape: x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    }
  },
  evaluate: ([x], attributes, shape) => {
    const axes = axesOf(attributes)
    const strides = stridesOf(shape)
    const out = new Float64Array(sizeOf(shape))
    mapPositions(x!.shape, (axis) => (axes.includes(axis) ? 0 : strides[axis]!)).forEach(
      (at, i) => {
        out[at]! += x!.data[i]!
      },
    )
    return out
  },
  emit: (emitter, [x], { source }) =>
    emitter.node('ReduceSum', [x!, emitter.ints(axesOf(source.attributes))], {
      keepdims: { int: 1 },
    }),
}

const softmaxOperation: Operation = {
  name: 'softmax',
  infer: ([x]) => {
    check(x!.shape.length > 0, 'the input of softmax', 'at least one axis', showShape(x!.shape))
    return x!
  },
  evaluate: ([x], _, shape) => {
    const width = shape.at(-1)!
    const out = new Float64Array(x!.data.length)
    for (let from = 0; from < out.length; from += width) {
      const row = x!.data.subarray(from, from + width)
      const greatest = row.reduce((a, b) => Math.max(a, b), -Infinity)
      const powers = row.map((value) => Math.exp(value - greatest))
      const total = powers.reduce((a, b) => a + b, 0)
      out.set(
        powers.map((value) => value / total),
        from,
      )
    }
    return out
  },
  emit: (emitter, inputs) => emitter.node('Softmax', inputs, { axis: { int: -1 } }),
}

function axesOf(attributes: Attributes): readonly number[] {
  return attributes['axes'] as readonly number[]
}

export const reductions = {
  reduceSum: reduceSumOperation,
  softmax: softmaxOperation,
} as const satisfies Record<string, Operation>

export interface ReduceOptions {
  /** All axes unless given. */
  readonly axes?: readonly number[]
  /** Keep the axes with length 1. */
  readonly keep?: boolean
}

export function reduceSum(x: Value, { axes, keep = false }: ReduceOptions = {}): Value {
  const chosen = [...(axes ?? x.type.shape.map((_, axis) => axis))].sort((a, b) => a - b)
  const sum = chosen.length === 0 ? x : x.graph.apply(reduceSumOperation, [x], { axes: chosen })
  return keep
    ? sum
    : reshape(
        sum,
        x.type.shape.filter((_, axis) => !chosen.includes(axis)),
      )
}

/** Mean over axes of known length. */
export function reduceMean(x: Value, options: ReduceOptions = {}): Value {
  const axes = options.axes ?? x.type.shape.map((_, axis) => axis)
  const count = sizeOf(axes.map((axis) => x.type.shape[axis]!))
  return mul(reduceSum(x, options), 1 / count)
}

/** Along the last axis; the greatest value is subtracted first, so it never overflows. */
export function softmax(x: Value): Value {
  return x.graph.apply(softmaxOperation, [x])
}
