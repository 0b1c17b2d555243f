/**
 * Matrix product over the last two axes. Either both sides are matrices, or the left has leading axes and the right is one matrix, or
 * both have the same leading axes. Two matrices may be read transposed, which costs nothing.
 */
import { check } from '../../../core/checks.ts'
import type { Attributes, Operation, Value } from '../graph.ts'
import { sameShape, showShape, sizeOf, type Dimension } from '../tensor.ts'
import { reshape } from './shape.ts'

export interface MatmulOptions {
  readonly transposeLeft?: boolean
  readonly transposeRight?: boolean
}

export const matmulOperation: Operation = {
  name: 'matmul',
  infer: ([a, b], attributes) => {
    const { left, right } = flags(attributes)
    const [m, k] = lastTwo(a!.shape, left)
    const [k2, n] = lastTwo(b!.shape, right)
    const leading = a!.shape.slice(0, -2)
    check(
      k === k2 && (b!.shape.length === 2 || sameShape(leading, b!.shape.slice(0, -2))),
      'a matrix product',
      'of [..., m, k] with [k, n] or [..., k, n]',
      `${showShape(a!.shape)}${left ? 'ᵀ' : ''} and ${showShape(b!.shape)}${right ? 'ᵀ' : ''}`,
    )
    check(
      a!.element === 'float' && b!.element === 'float',
      'a matrix product',
      'of floats',
      a!.element,
    )
    return { element: 'float', shape: [...leading, m, n] }
  },
  evaluate: ([a, b], attributes, shape) => {
    const { left, right } = flags(attributes)
    const [m, n] = [shape.at(-2)!, shape.at(-1)!]
    const k = a!.shape.at(left ? -2 : -1)!
    const out = new Float64Array(sizeOf(shape))
    const shared = b!.shape.length === 2
    for (let batch = 0; batch < out.length / (m * n); batch++) {
      const fromA = batch * m * k
      const fromB = shared ? 0 : batch * k * n
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0
          for (let l = 0; l < k; l++) {
            sum +=
              a!.data[fromA + (left ? l * m + i : i * k + l)]! *
              b!.data[fromB + (right ? j * k + l : l * n + j)]!
          }
          out[batch * m * n + i * n + j] = sum
        }
      }
    }
    return out
  },
  emit: (emitter, [a, b], { source }) => {
    const { left, right } = flags(source.attributes)
    const [typeA, typeB] = source.inputs.map(({ type }) => type)
    if (typeA!.shape.length === 2 && (left || right)) {
      return emitter.node('Gemm', [a!, b!], {
        transA: { int: left ? 1 : 0 },
        transB: { int: right ? 1 : 0 },
      })
    }
    const swap = (name: string, rank: number): string => {
      const perm = Array.from({ length: rank }, (_, axis) => axis)
      return emitter.node('Transpose', [name], {
        perm: { ints: [...perm.slice(0, -2), rank - 1, rank - 2] },
      })
    }
    return emitter.node('MatMul', [
      left ? swap(a!, typeA!.shape.length) : a!,
      right ? swap(b!, typeB!.shape.length) : b!,
    ])
  },
}

export function flags(attributes: Attributes): { left: boolean; right: boolean } {
  return {
    left: attributes['transposeLeft'] === true,
    right: attributes['transposeRight'] === true,
  }
}

function lastTwo(shape: readonly Dimension[], transposed: boolean): [Dimension, Dimension] {
  check(shape.length >= 2, 'an operand of a matrix product', 'at least a matrix', showShape(shape))
  const [row, column] = [shape.at(-2)!, shape.at(-1)!]
  return transposed ? [column, row] : [row, column]
}

export function matmul(
  a: Value,
  b: Value,
  { transposeLeft = false, transposeRight = false }: MatmulOptions = {},
): Value {
  const { shape } = a.type
  const folds = shape.length > 2 && b.type.shape.length === 2 && !transposeLeft
  // With known dimensions the leading axes are rows: one large product instead of many.
  if (folds && shape.every((dimension) => typeof dimension === 'number')) {
    const rows = sizeOf(shape.slice(0, -1))
    const product = matmul(reshape(a, [rows, shape.at(-1)!]), b, { transposeRight })
    return reshape(product, [...shape.slice(0, -1), product.type.shape[1]!])
  }
  return a.graph.apply(matmulOperation, [a, b], { transposeLeft, transposeRight })
}
