/**
 * Reverse-mode differentiation, graph to graph: the gradient of a scalar is more graph, so it is interpreted, simplified and
 * emitted like any other.
 *
 * Where many contributions meet, two rewrites keep the backward pass as small as a hand-written one: gradients of disjoint
 * slices are laid side by side (one Concat instead of n Pads and n − 1 Adds), and a sum of products Σ AᵢᵀBᵢ, which is what a
 * weight shared over time steps receives, becomes one product of the stacked matrices.
 */
import { check } from '../../core/checks.ts'
import { gradientRules } from './gradient-rules.ts'
import { ancestors, isOperation, type OperationValue, type Value } from './graph.ts'
import { add, concat, matmul, type OperationName } from './operations/index.ts'
import { flags } from './operations/matrix.ts'
import { range } from './operations/shape.ts'
import { fixedShape, sameShape, showShape, sizeOf } from './tensor.ts'

/** @returns d loss / d value for each of `wrt`, of the same shape; zeros where the loss does not depend on it. */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  check(sizeOf(loss.type.shape) === 1, 'the loss', 'a single number', showShape(loss.type.shape))
  const contributions = new Map<Value, Value[]>()
  const { graph } = loss
  contributions.set(loss, [graph.constant('float', fixedShape(loss.type.shape), [1])])

  const order = ancestors([loss])
  const wanted = new Set<Value>(wrt)
  const reaches = new Set<Value>()
  for (const value of order) {
    const through = isOperation(value) && value.source.inputs.some((input) => reaches.has(input))
    if (wanted.has(value) || through) reaches.add(value)
  }

  const results = new Map<Value, Value>()
  for (const value of order.toReversed()) {
    const parts = contributions.get(value)
    if (parts === undefined || !reaches.has(value)) continue
    const upstream = total(parts)
    results.set(value, upstream)
    if (!isOperation(value)) continue
    derivative(upstream, value).forEach((gradient, i) => {
      const input = value.source.inputs[i]!
      if (gradient === undefined || !reaches.has(input)) return
      check(
        sameShape(gradient.type.shape, input.type.shape),
        `the gradient of ${value.source.operation.name}`,
        showShape(input.type.shape),
        showShape(gradient.type.shape),
      )
      contributions.set(input, [...(contributions.get(input) ?? []), gradient])
    })
  }
  return wrt.map((value) => results.get(value) ?? zeros(value))
}

function derivative(upstream: Value, value: OperationValue): readonly (Value | undefined)[] {
  const { source } = value
  if (source.gradient !== undefined) return source.gradient(upstream)
  return gradientRules[source.operation.name as OperationName](upstream, source, value)
}

function zeros(value: Value): Value {
  const shape = fixedShape(value.type.shape)
  return value.graph.constant('float', shape, new Float64Array(sizeOf(shape)))
}

function total(parts: readonly Value[]): Value {
  return joinProducts(joinSlices(parts)).reduce((sum, part) => add(sum, part))
}

const isA =
  (name: OperationName) =>
  (value: Value): value is OperationValue =>
    isOperation(value) && value.source.operation.name === name

/** Pads of disjoint ranges of one axis become one Concat, with zeros in the gaps. */
function joinSlices(parts: readonly Value[]): readonly Value[] {
  const pads = parts.filter(isA('pad'))
  if (pads.length < 2) return parts
  const ranges = pads
    .map((value) => ({ ...range(value.source.attributes), body: value.source.inputs[0]! }))
    .sort((a, b) => a.from - b.from)
  const { axis, length } = ranges[0]!
  let at = 0
  const pieces: Value[] = []
  const gap = (to: number): void => {
    const { body } = ranges[0]!
    const shape = fixedShape(body.type.shape).with(axis, to - at)
    if (to > at) pieces.push(body.graph.constant('float', shape, new Float64Array(sizeOf(shape))))
  }
  for (const piece of ranges) {
    if (piece.axis !== axis || piece.from < at) return parts
    gap(piece.from)
    pieces.push(piece.body)
    at = piece.to
  }
  gap(length)
  return [concat(pieces, axis), ...parts.filter((part) => !isA('pad')(part))]
}

/** Σ AᵢᵀBᵢ of matrices becomes one product of the Aᵢ and the Bᵢ, each stacked. */
function joinProducts(parts: readonly Value[]): readonly Value[] {
  const isJoinable = (value: Value): value is OperationValue => {
    if (!isA('matmul')(value) || value.type.shape.length !== 2) return false
    const { left, right } = flags(value.source.attributes)
    return left && !right
  }
  const products = parts.filter(isJoinable)
  if (products.length < 2) return parts
  const stack = (side: 0 | 1): Value =>
    concat(
      products.map(({ source }) => source.inputs[side]!),
      0,
    )
  return [
    matmul(stack(0), stack(1), { transposeLeft: true }),
    ...parts.filter((part) => !isJoinable(part)),
  ]
}
