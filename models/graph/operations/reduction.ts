/** Sums over axes, what is made of them, and softmax. */
import { check } from '../../../core/checks.ts'
import type { Attributes, Emitter, Operation, OperationValue, Value } from '../graph.ts'
import { mapPositions, showShape, sizeOf, stridesOf, type Tensor } from '../tensor.ts'
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

/** Greatest values over the axes, which are kept with length 1. */
const reduceMaxOperation: Operation = {
  ...reduceSumOperation,
  name: 'reduceMax',
  evaluate: ([x], attributes, shape) => {
    const axes = axesOf(attributes)
    const strides = stridesOf(shape)
    const out = new Float64Array(sizeOf(shape)).fill(-Infinity)
    mapPositions(x!.shape, (axis) => (axes.includes(axis) ? 0 : strides[axis]!)).forEach(
      (at, i) => {
        out[at] = Math.max(out[at]!, x!.data[i]!)
      },
    )
    return out
  },
  emit: (emitter, [x], { source }) =>
    emitter.node('ReduceMax', [x!], {
      axes: { ints: axesOf(source.attributes) },
      keepdims: { int: 1 },
    }),
}

const logSoftmaxOperation: Operation = {
  ...softmaxOperation,
  name: 'logSoftmax',
  evaluate: ([x], _, shape) => {
    const width = shape.at(-1)!
    const out = x!.data.slice()
    for (let from = 0; from < out.length; from += width) {
      const row = out.subarray(from, from + width)
      const greatest = row.reduce((a, b) => Math.max(a, b), -Infinity)
      const total = row.reduce((sum, value) => sum + Math.exp(value - greatest), 0)
      row.forEach((value, i) => (row[i] = value - greatest - Math.log(total)))
    }
    return out
  },
  emit: (emitter, inputs) => emitter.node('LogSoftmax', inputs, { axis: { int: -1 } }),
}

/** (x − mean) / √(variance + epsilon) along the last axis, and 1 / √(variance + epsilon) kept with length 1: one node gives both. */
const normaliseOperation: Operation = {
  ...softmaxOperation,
  name: 'normalise',
  evaluate: ([x], attributes) => {
    const out = x!.data.slice()
    moments(x!, attributes).forEach(({ mean, inverse }, row) => {
      const width = x!.shape.at(-1)!
      for (let i = row * width; i < (row + 1) * width; i++) out[i] = (out[i]! - mean) * inverse
    })
    return out
  },
  emit: (emitter, [x], value) => emitNormalisation(emitter, x!, value)[0]!,
}

const inverseDeviationOperation: Operation = {
  name: 'inverseDeviation',
  infer: ([x]) => ({ element: 'float', shape: x!.shape.with(-1, 1) }),
  evaluate: ([x], attributes) =>
    Float64Array.from(moments(x!, attributes), ({ inverse }) => inverse),
  emit: (emitter, [x], value) => emitNormalisation(emitter, x!, value)[2]!,
}

function moments(
  { shape, data }: Tensor,
  attributes: Attributes,
): { readonly mean: number; readonly inverse: number }[] {
  const width = shape.at(-1)!
  return Array.from({ length: data.length / width }, (_, row) => {
    const values = data.subarray(row * width, (row + 1) * width)
    const mean = values.reduce((sum, value) => sum + value, 0) / width
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
    return { mean, inverse: 1 / Math.sqrt(variance + (attributes['epsilon'] as number)) }
  })
}

function emitNormalisation(
  emitter: Emitter,
  x: string,
  { source }: OperationValue,
): readonly string[] {
  const width = source.inputs[0]!.type.shape.at(-1) as number
  const scale = emitter.floats(new Array<number>(width).fill(1))
  const attributes = {
    axis: { int: -1 },
    epsilon: { float: source.attributes['epsilon'] as number },
  }
  return emitter.nodes('LayerNormalization', [x, scale], attributes, 3)
}

function axesOf(attributes: Attributes): readonly number[] {
  return attributes['axes'] as readonly number[]
}

export const reductions = {
  reduceSum: reduceSumOperation,
  reduceMax: reduceMaxOperation,
  softmax: softmaxOperation,
  logSoftmax: logSoftmaxOperation,
  normalise: normaliseOperation,
  inverseDeviation: inverseDeviationOperation,
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

/** Greatest value over one axis, which is kept with length 1. */
export function reduceMax(x: Value, axis: number): Value {
  return x.graph.apply(reduceMaxOperation, [x], { axes: [axis] })
}

/** log(softmax(x)) along the last axis, exact where the softmax underflows. */
export function logSoftmax(x: Value): Value {
  return x.graph.apply(logSoftmaxOperation, [x])
}

/** (x − mean) / √(variance + epsilon) along the last axis. */
export function normalise(x: Value, epsilon = 1e-5): Value {
  return x.graph.apply(normaliseOperation, [x], { epsilon })
}

/** 1 / √(variance + epsilon) along the last axis, kept with length 1. */
export function inverseDeviation(x: Value, epsilon = 1e-5): Value {
  return x.graph.apply(inverseDeviationOperation, [x], { epsilon })
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
