/** One suite over the table of operations: derivative against central differences, meaning against ONNX Runtime. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { gradients } from '../../../models/graph/differentiate.ts'
import { emitModel } from '../../../models/graph/emit.ts'
import { Graph, type Value } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import * as op from '../../../models/graph/operations/index.ts'
import { fixedShape, sizeOf, type Tensor } from '../../../models/graph/tensor.ts'
import { openOnnxSession, type OnnxFeed } from '../../../models/runtime/onnx-session.ts'
import { gradientError } from '../../support/gradient-check.ts'

interface OperationCase {
  readonly shapes: readonly (readonly number[])[]
  /** Range the inputs are drawn from; away from kinks and from where the function ends. */
  readonly domain?: readonly [number, number]
  readonly build: (inputs: readonly Value[], graph: Graph) => Value
}

const indices = (graph: Graph): Value => graph.constant('int', [2, 2], [2, 0, 2, 1])

const cases: Readonly<Record<op.OperationName, OperationCase | readonly OperationCase[]>> = {
  add: { shapes: [[2, 3], [3]], build: ([a, b]) => op.add(a!, b!) },
  sub: {
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: ([a, b]) => op.sub(a!, b!),
  },
  mul: { shapes: [[2, 3], []], build: ([a, b]) => op.mul(a!, b!) },
  div: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    domain: [0.5, 2],
    build: ([a, b]) => op.div(a!, b!),
  },
  pow: [
    { shapes: [[2, 3], [3]], domain: [0.5, 2], build: ([a, b]) => op.pow(a!, b!) },
    { shapes: [[4]], build: ([a]) => op.pow(a!, 3) },
  ],
  minimum: { shapes: [[2, 3], [3]], build: ([a, b]) => op.minimum(a!, b!) },
  maximum: { shapes: [[3], [2, 3]], build: ([a, b]) => op.maximum(a!, b!) },
  less: { shapes: [[2, 3], [3]], build: ([a, b]) => op.where(op.less(a!, b!), a!, op.mul(b!, 2)) },
  equal: { shapes: [[5]], build: ([a]) => op.where(op.equal(a!, op.abs(a!)), a!, op.mul(a!, 3)) },
  isNaN: {
    shapes: [[5]],
    build: ([a]) => op.where(op.isNaN(op.sqrt(a!)), op.mul(a!, 2), op.mul(a!, a!)),
  },
  where: { shapes: [[2, 3], [3]], build: ([a, b]) => op.where(op.less(a!, 0), a!, b!) },
  and: {
    shapes: [[6]],
    build: ([a]) => op.where(op.and(op.less(-1, a!), op.less(a!, 1)), op.mul(a!, a!), a!),
  },
  floor: { shapes: [[6]], build: ([a]) => op.add(op.floor(op.mul(a!, 3)), a!) },
  erf: { shapes: [[6]], build: ([a]) => op.erf(a!) },
  softplus: { shapes: [[6]], build: ([a]) => op.softplus(op.mul(a!, 3)) },
  asFloat: [
    { shapes: [[6]], build: ([a]) => op.mul(op.asFloat(op.less(0, a!)), a!) },
    { shapes: [[6]], build: ([a]) => op.asFloat(op.mul(a!, a!)) },
  ],
  neg: { shapes: [[3]], build: ([a]) => op.neg(a!) },
  exp: { shapes: [[3]], build: ([a]) => op.exp(a!) },
  log: { shapes: [[3]], domain: [0.2, 3], build: ([a]) => op.log(a!) },
  sqrt: { shapes: [[3]], domain: [0.2, 3], build: ([a]) => op.sqrt(a!) },
  tanh: { shapes: [[3]], build: ([a]) => op.tanh(a!) },
  sigmoid: { shapes: [[3]], build: ([a]) => op.sigmoid(a!) },
  relu: { shapes: [[6]], build: ([a]) => op.relu(a!) },
  abs: { shapes: [[6]], build: ([a]) => op.abs(a!) },
  sign: { shapes: [[6]], build: ([a]) => op.add(op.sign(a!), a!) },
  clip: { shapes: [[8]], build: ([a]) => op.clip(a!, -0.5, 0.7) },
  reshape: { shapes: [[2, 6]], build: ([a]) => op.reshape(a!, [3, 4]) },
  transpose: { shapes: [[2, 3, 4]], build: ([a]) => op.transpose(a!, [2, 0, 1]) },
  expand: { shapes: [[2, 1]], build: ([a]) => op.expand(a!, [3, 2, 4]) },
  slice: [
    { shapes: [[2, 6]], build: ([a]) => op.slice(a!, { axis: 1, from: 1, to: 4 }) },
    // Slices that leave a gap, used twice, and overlapping ones: the rewrites of the backward pass.
    {
      shapes: [[7, 2]],
      build: ([a]) => {
        const part = (from: number, to: number): Value => op.slice(a!, { axis: 0, from, to })
        return op.add(op.mul(part(1, 3), part(4, 6)), op.tanh(part(1, 3)))
      },
    },
    {
      shapes: [[4]],
      build: ([a]) =>
        op.mul(
          op.slice(a!, { axis: 0, from: 0, to: 3 }),
          op.slice(a!, { axis: 0, from: 1, to: 4 }),
        ),
    },
  ],
  pad: { shapes: [[2, 3]], build: ([a]) => op.pad(a!, { axis: 1, from: 1, to: 4, length: 6 }) },
  concat: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ([a, b]) => op.concat([a!, b!, a!], 1),
  },
  reduceSum: [
    { shapes: [[2, 3, 4]], build: ([a]) => op.reduceSum(a!, { axes: [0, 2] }) },
    { shapes: [[2, 3]], build: ([a]) => op.mul(op.reduceMean(a!, { axes: [1], keep: true }), a!) },
  ],
  reduceMax: {
    shapes: [[2, 3, 4]],
    build: ([a]) => op.mul(op.reduceMax(a!, 1), op.slice(a!, { axis: 1, from: 0, to: 1 })),
  },
  logSoftmax: { shapes: [[2, 4]], build: ([a]) => op.logSoftmax(op.mul(a!, 5)) },
  normalise: { shapes: [[2, 3, 5]], build: ([a]) => op.normalise(a!) },
  inverseDeviation: {
    shapes: [[3, 5]],
    build: ([a]) => op.mul(op.inverseDeviation(a!), op.normalise(a!)),
  },
  lstm: [
    {
      shapes: [[4, 2, 3], [3, 20], [5, 20], [20]],
      build: ([x, input, recurrent, bias]) => op.lstm(x!, input!, recurrent!, bias!),
    },
    {
      shapes: [[4, 2, 3], [3, 20], [5, 20], [20]],
      build: ([x, input, recurrent, bias]) =>
        op.lstm(x!, input!, recurrent!, bias!, { last: true }),
    },
  ],
  gru: [
    {
      shapes: [[4, 2, 3], [3, 15], [5, 15], [15], [5]],
      build: ([x, input, recurrent, bias, inner]) => op.gru(x!, input!, recurrent!, bias!, inner!),
    },
    {
      shapes: [[4, 2, 3], [3, 15], [5, 15], [15], [5]],
      build: ([x, input, recurrent, bias, inner]) =>
        op.gru(x!, input!, recurrent!, bias!, inner!, { last: true }),
    },
  ],
  softmax: { shapes: [[2, 4]], build: ([a]) => op.softmax(a!) },
  gather: { shapes: [[3, 2]], build: ([a], graph) => op.gather(a!, indices(graph)) },
  scatterAdd: { shapes: [[2, 2, 3]], build: ([a], graph) => op.scatterAdd(indices(graph), a!, 4) },
  matmul: [
    {
      shapes: [
        [2, 3],
        [3, 4],
      ],
      build: ([a, b]) => op.matmul(a!, b!),
    },
    {
      shapes: [
        [3, 2],
        [3, 4],
      ],
      build: ([a, b]) => op.matmul(a!, b!, { transposeLeft: true }),
    },
    {
      shapes: [
        [2, 3],
        [4, 3],
      ],
      build: ([a, b]) => op.matmul(a!, b!, { transposeRight: true }),
    },
    {
      shapes: [
        [3, 2],
        [4, 3],
      ],
      build: ([a, b]) => op.matmul(a!, b!, { transposeLeft: true, transposeRight: true }),
    },
    {
      shapes: [
        [5, 2, 3],
        [3, 4],
      ],
      build: ([a, b]) => op.matmul(a!, b!),
    },
    {
      shapes: [
        [2, 2, 3],
        [2, 4, 3],
      ],
      build: ([a, b]) => op.matmul(a!, b!, { transposeRight: true }),
    },
    // A weight used at several steps: its gradient is one stacked product.
    {
      shapes: [
        [2, 3],
        [3, 3],
      ],
      build: ([a, b]) => op.matmul(op.tanh(op.matmul(op.tanh(op.matmul(a!, b!)), b!)), b!),
    },
  ],
}

interface BuiltCase {
  readonly loss: Value
  readonly result: Value
  readonly grads: readonly Value[]
  readonly at: Readonly<Record<string, Tensor>>
}

function build(
  { shapes, domain: [low, high] = [-1, 1], build }: OperationCase,
  name: string,
): BuiltCase {
  const rng = createRng(1).stream(name)
  const graph = new Graph()
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float', shape))
  const result = build(inputs, graph)
  const shape = fixedShape(result.type.shape)
  // A weighted sum, so that each element of the result has its own gradient.
  const weights = graph.constant(
    'float',
    shape,
    Array.from({ length: sizeOf(shape) }, () => rng.normal()),
  )
  const loss = op.reduceSum(op.mul(result, weights))
  const at = Object.fromEntries(
    shapes.map((each, i) => [
      `x${i}`,
      {
        shape: each,
        data: Float64Array.from({ length: sizeOf(each) }, () =>
          Math.fround(low + (high - low) * rng.uniform()),
        ),
      },
    ]),
  )
  return { loss, result, grads: gradients(loss, inputs), at }
}

const named = (grads: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(grads.map((tensor, i) => [`x${i}`, tensor]))

const feedsOf = (at: Readonly<Record<string, Tensor>>): Record<string, OnnxFeed> =>
  Object.fromEntries(
    Object.entries(at).map(([name, { shape, data }]) => [
      name,
      { type: 'float' as const, data: Float32Array.from(data), shape },
    ]),
  )

const all = Object.entries(cases).flatMap(([name, list]) =>
  [list]
    .flat()
    .map((entry, i): [string, OperationCase] => [i === 0 ? name : `${name} ${i + 1}`, entry]),
)

describe.each(all)('%s', (name, entry) => {
  const built = build(entry, name)

  it('has the derivative that central differences have', () => {
    const grads = named(interpret(built.grads, built.at))
    expect(gradientError(built.loss, built.at, grads)).toBeLessThan(1e-8)
    // The check sees a sign error, unless the whole gradient is 0.
    const wrong = Object.fromEntries(
      Object.entries(grads).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => -value) },
      ]),
    )
    expect(gradientError(built.loss, built.at, wrong)).toBeGreaterThan(0.01)
  })

  it('means in ONNX Runtime what it means in float64, forwards and backwards', async () => {
    const outputs = {
      result: built.result,
      ...Object.fromEntries(built.grads.map((grad, i) => [`d${i}`, grad])),
    }
    const session = await openOnnxSession(emitModel(outputs))
    const used = Object.fromEntries(
      Object.entries(built.at).filter(([input]) => session.inputs.includes(input)),
    )
    const actual = await session.run(feedsOf(used))
    const expected = interpret(Object.values(outputs), built.at)
    Object.keys(outputs).forEach((label, i) => {
      expect(actual[label]!.length).toBe(expected[i]!.data.length)
      expected[i]!.data.forEach((value, j) => {
        // float32 keeps 7 digits; a few roundings of numbers up to about 10.
        expect(Math.abs(actual[label]![j]! - value)).toBeLessThan(
          2e-6 * Math.max(1, Math.abs(value)) * 4,
        )
      })
    })
    await session.close()
  })
})

describe('the table of operations', () => {
  it('has a case for each operation', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(op.operations).sort())
    for (const [name, operation] of Object.entries(op.operations)) expect(operation.name).toBe(name)
  })
})
