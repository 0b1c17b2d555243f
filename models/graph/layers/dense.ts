/** Layers of a feed-forward network. */
import { withGradient } from '../custom-gradient.ts'
import { isOperation, type Operation, type Value } from '../graph.ts'
import {
  add,
  erf,
  exp,
  matmul,
  mul,
  normalise,
  operations,
  reshape,
  sub,
} from '../operations/index.ts'
import { sizeOf } from '../tensor.ts'

/** x·W + b along the last axis; leading axes of known length are rows of one product, which runtimes fuse with the bias. */
export function dense(x: Value, weight: Value, bias: Value): Value {
  const { shape } = x.type
  if (shape.some((length) => typeof length === 'string')) return add(matmul(x, weight), bias)
  const rows = reshape(x, [sizeOf(shape.slice(0, -1)), shape.at(-1)!])
  return reshape(add(matmul(rows, weight), bias), [...shape.slice(0, -1), weight.type.shape[1]!])
}

/**
 * x · slope + offset. Where x is a dense layer, both go into its weights: those a runtime computes once, when it opens the model, and not
 * for every prediction.
 */
export function rescaled(x: Value, slope: number, offset: number): Value {
  const [product, bias] = operandsOf(x, operations.add)
  const [inputs, weight] = product === undefined ? [] : operandsOf(product, operations.matmul)
  if (bias === undefined || inputs === undefined || weight === undefined)
    return add(mul(x, slope), offset)
  return dense(inputs, mul(weight, slope), add(mul(bias, slope), offset))
}

/** What a value was computed from; nothing where another operation made it, or one that reads a side transposed. */
function operandsOf(value: Value, operation: Operation): readonly Value[] {
  if (!isOperation(value) || value.source.operation !== operation) return []
  const plain = Object.values(value.source.attributes).every((attribute) => attribute !== true)
  return plain ? value.source.inputs : []
}

/**
 * Layer normalisation and a dense layer on it: (n ∘ g + s)·W + b = n·(g ∘ W) + (s·W + b). With gain and shift moved into the weights they cost nothing a row, neither
 * forwards nor backwards.
 */
export function normalisedDense(
  x: Value,
  [gain, shift]: readonly [Value, Value],
  [weight, bias]: readonly [Value, Value],
): Value {
  const inputs = gain.type.shape[0] as number
  const [, outputs] = weight.type.shape as [number, number]
  const moved = add(reshape(matmul(reshape(shift, [1, inputs]), weight), [outputs]), bias)
  return dense(normalise(x), mul(weight, reshape(gain, [inputs, 1])), moved)
}

/** Layer normalisation along the last axis: Ba, Kiros and Hinton 2016, equation 4. */
export function layerNorm(x: Value, gain: Value, bias: Value): Value {
  return add(mul(normalise(x), gain), bias)
}

/**
 * x Φ(x), exact: Hendrycks and Gimpel 2016. Its derivative Φ(x) + x φ(x) is taken from what the value needs anyway: with a = x/√2, x φ(x) = a exp(−a²)/√π.
 */
export function gelu(x: Value): Value {
  const a = mul(x, Math.SQRT1_2)
  const share = add(mul(erf(a), 0.5), 0.5)
  return withGradient(mul(x, share), [x], (upstream) => {
    const density = exp(sub(-Math.log(Math.PI) / 2, mul(a, a)))
    return [mul(upstream, add(share, mul(a, density)))]
  })
}
