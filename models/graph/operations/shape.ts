/** Operations that move elements without computing: reshape, transpose, expand, slice, pad, concat. */
import { check } from '../../../core/checks.ts'
import type { Attributes, Operation, Value } from '../graph.ts'
import {
  broadcastPositions,
  broadcastShapes,
  fixedShape,
  mapPositions,
  sameShape,
  showShape,
  stridesOf,
  type Dimension,
  type Shape,
} from '../tensor.ts'

/** −1 for the one dimension that is only known when the model runs. */
const onnxShape = (shape: Shape): number[] =>
  shape.map((dimension) => (typeof dimension === 'string' ? -1 : dimension))

const reshapeOperation: Operation = {
  name: 'reshape',
  infer: ([x], attributes) => {
    const shape = attributes['shape'] as Shape
    const split = (dimensions: Shape): [string, number] => [
      dimensions.filter((dimension) => typeof dimension === 'string').join(),
      dimensions.reduce<number>(
        (product, dimension) => (typeof dimension === 'string' ? product : product * dimension),
        1,
      ),
    ]
    const [names, size] = split(x!.shape)
    const [newNames, newSize] = split(shape)
    check(
      names === newNames && size === newSize && !names.includes(','),
      'a reshape',
      'to as many elements, with the same single named dimension if there is one',
      `${showShape(x!.shape)} to ${showShape(shape)}`,
    )
    return { element: x!.element, shape }
  },
  evaluate: ([x]) => x!.data,
  emit: (emitter, [x], { source }) =>
    emitter.node('Reshape', [x!, emitter.ints(onnxShape(source.attributes['shape'] as Shape))]),
}

const transposeOperation: Operation = {
  name: 'transpose',
  infer: ([x], attributes) => {
    const order = attributes['order'] as readonly number[]
    check(
      [...order].sort((a, b) => a - b).join() === x!.shape.map((_, axis) => axis).join(),
      'the order of transpose',
      `a permutation of the axes of ${showShape(x!.shape)}`,
      showShape(order),
    )
    return { element: x!.element, shape: order.map((axis) => x!.shape[axis]!) }
  },
  evaluate: ([x], attributes, shape) => {
    const order = attributes['order'] as readonly number[]
    const strides = stridesOf(x!.shape)
    return Float64Array.from(
      mapPositions(shape, (axis) => strides[order[axis]!]!),
      (at) => x!.data[at]!,
    )
  },
  emit: (emitter, inputs, { source }) =>
    emitter.node('Transpose', inputs, {
      perm: { ints: source.attributes['order'] as readonly number[] },
    }),
}

const expandOperation: Operation = {
  name: 'expand',
  infer: ([x], attributes) => {
    const shape = attributes['shape'] as Shape
    check(
      sameShape(broadcastShapes(x!.shape, shape), shape),
      'an expand',
      'to a shape that the input broadcasts to',
      `${showShape(x!.shape)} to ${showShape(shape)}`,
    )
    return { element: x!.element, shape }
  },
  evaluate: ([x], _, shape) =>
    Float64Array.from(broadcastPositions(x!.shape, shape), (at) => x!.data[at]!),
  emit: (emitter, [x], { source }) =>
    emitter.node('Expand', [x!, emitter.ints(fixedShape(source.attributes['shape'] as Shape))]),
}

const sliceOperation: Operation = {
  name: 'slice',
  infer: ([x], attributes) => {
    const { axis, from, to } = range(attributes)
    const length = x!.shape[axis]
    check(
      typeof length === 'number' && 0 <= from && from < to && to <= length,
      'a slice',
      `inside axis ${axis} of ${showShape(x!.shape)}`,
      `${from} to ${to}`,
    )
    return { element: x!.element, shape: x!.shape.with(axis, to - from) }
  },
  evaluate: ([x], attributes, shape) => {
    const { axis, from } = range(attributes)
    const strides = stridesOf(x!.shape)
    const positions = mapPositions(shape, (each) => strides[each]!, from * strides[axis]!)
    return Float64Array.from(positions, (at) => x!.data[at]!)
  },
  emit: (emitter, [x], { source }) => {
    const { axis, from, to } = range(source.attributes)
    return emitter.node('Slice', [
      x!,
      emitter.ints([from]),
      emitter.ints([to]),
      emitter.ints([axis]),
    ])
  },
}

/** The inverse of slice: the input as rows [from, to) of an axis of `length`, zeros around it. */
const padOperation: Operation = {
  name: 'pad',
  infer: ([x], attributes) => {
    const { axis, from, to, length } = range(attributes)
    check(
      x!.shape[axis] === to - from && 0 <= from && to <= length,
      'a pad',
      `rows ${from} to ${to} of ${length} on axis ${axis}`,
      showShape(x!.shape),
    )
    return { element: x!.element, shape: x!.shape.with(axis, length) }
  },
  evaluate: ([x], attributes, shape) => {
    const { axis, from } = range(attributes)
    const strides = stridesOf(shape)
    const out = new Float64Array(shape.reduce((a, b) => a * b, 1))
    mapPositions(x!.shape, (each) => strides[each]!, from * strides[axis]!).forEach((at, i) => {
      out[at] = x!.data[i]!
    })
    return out
  },
  emit: (emitter, [x], { source, type }) => {
    const { axis, from, to, length } = range(source.attributes)
    const rank = type.shape.length
    const pads = new Array<number>(2 * rank).fill(0)
    pads[axis] = from
    pads[rank + axis] = length - to
    return emitter.node('Pad', [x!, emitter.ints(pads)])
  },
}

const concatOperation: Operation = {
  name: 'concat',
  infer: (inputs, attributes) => {
    const axis = attributes['axis'] as number
    const [first] = inputs
    let length = 0
    for (const { shape, element } of inputs) {
      const own = shape[axis]
      check(
        typeof own === 'number' &&
          element === first!.element &&
          sameShape(shape.with(axis, 0), first!.shape.with(axis, 0)),
        'the inputs of concat',
        `equal but for axis ${axis}`,
        inputs.map((input) => showShape(input.shape)).join(' and '),
      )
      length += own
    }
    return { element: first!.element, shape: first!.shape.with(axis, length) }
  },
  evaluate: (inputs, attributes, shape) => {
    const axis = attributes['axis'] as number
    const strides = stridesOf(shape)
    const out = new Float64Array(shape.reduce((a, b) => a * b, 1))
    let from = 0
    for (const x of inputs) {
      mapPositions(x.shape, (each) => strides[each]!, from * strides[axis]!).forEach((at, i) => {
        out[at] = x.data[i]!
      })
      from += x.shape[axis]!
    }
    return out
  },
  emit: (emitter, inputs, { source }) =>
    emitter.node('Concat', inputs, { axis: { int: source.attributes['axis'] as number } }),
}

export interface AxisRange {
  readonly axis: number
  readonly from: number
  readonly to: number
  /** Of the padded axis; 0 for a slice. */
  readonly length: number
}

export function range(attributes: Attributes): AxisRange {
  const read = (name: string): number => (attributes[name] ?? 0) as number
  return { axis: read('axis'), from: read('from'), to: read('to'), length: read('length') }
}

export const shapeOperations = {
  reshape: reshapeOperation,
  transpose: transposeOperation,
  expand: expandOperation,
  slice: sliceOperation,
  pad: padOperation,
  concat: concatOperation,
} as const satisfies Record<string, Operation>

/** The same elements in row-major order under another shape; at most one dimension may be named. */
export function reshape(x: Value, shape: readonly Dimension[]): Value {
  return sameShape(x.type.shape, shape)
    ? x
    : x.graph.apply(reshapeOperation, [x], { shape: [...shape] })
}

/** Axis i of the result is axis `order[i]` of the input. */
export function transpose(x: Value, order: readonly number[]): Value {
  return x.graph.apply(transposeOperation, [x], { order: [...order] })
}

export function expand(x: Value, shape: readonly Dimension[]): Value {
  return sameShape(x.type.shape, shape)
    ? x
    : x.graph.apply(expandOperation, [x], { shape: [...shape] })
}

/** Rows [from, to) along an axis. */
export function slice(x: Value, { axis, from, to }: Omit<AxisRange, 'length'>): Value {
  return x.graph.apply(sliceOperation, [x], { axis, from, to })
}

export function pad(x: Value, { axis, from, to, length }: AxisRange): Value {
  return x.graph.apply(padOperation, [x], { axis, from, to, length })
}

export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values
  check(first !== undefined, 'the inputs of concat', 'at least one', 'none')
  return values.length === 1 ? first : first.graph.apply(concatOperation, values, { axis })
}
