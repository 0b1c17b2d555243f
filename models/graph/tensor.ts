/**
 * Shapes and tensors of the graph. A dimension is a number, or a name where it is only known when the model runs ('batch').
 * Broadcasting follows NumPy: shapes are aligned at their ends, 1 stretches.
 */
import { check } from '../../core/checks.ts'

export type Element = 'float' | 'int' | 'bool'
export type Dimension = number | string
export type Shape = readonly Dimension[]

export interface TensorType {
  readonly element: Element
  readonly shape: Shape
}

/** A value in memory, row-major; integers and booleans (0, 1) are held in float64 too, exactly. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Number of elements; every dimension must be known. */
export function sizeOf(shape: Shape): number {
  return fixedShape(shape).reduce((product, dimension) => product * dimension, 1)
}

/** The shape as numbers. @throws INVALID_VALUE where a dimension is only a name. */
export function fixedShape(shape: Shape): readonly number[] {
  return shape.map((dimension) => {
    check(
      typeof dimension === 'number',
      'the shape',
      'known when the graph is built',
      showShape(shape),
    )
    return dimension
  })
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis])
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** @throws INVALID_VALUE where neither side is 1 and they differ; a named dimension equals only itself. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    check(
      left === right || left === 1 || right === 1,
      'two shapes',
      'equal or 1 in every dimension, aligned at their ends',
      `${showShape(a)} and ${showShape(b)}`,
    )
    return left === 1 ? right : left
  })
}

/** Elements from one index of an axis to the next. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  return strides
}

/** For each element of `to`, the position in a tensor of shape `from` that broadcasts to it. */
export function broadcastPositions(from: readonly number[], to: readonly number[]): Int32Array {
  const strides = stridesOf(from)
  const shift = to.length - from.length
  return mapPositions(to, (axis) =>
    axis < shift || from[axis - shift] === 1 ? 0 : strides[axis - shift]!,
  )
}

/** Positions Σ indexᵢ · strideOf(i) for every index of `shape` in row-major order, plus `offset`. */
export function mapPositions(
  shape: readonly number[],
  strideOf: (axis: number) => number,
  offset = 0,
): Int32Array {
  const strides = shape.map((_, axis) => strideOf(axis))
  const index = new Int32Array(shape.length)
  const out = new Int32Array(sizeOf(shape))
  let position = offset
  for (let i = 0; i < out.length; i++) {
    out[i] = position
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++
      position += strides[axis]!
      if (index[axis]! < shape[axis]!) break
      position -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return out
}
