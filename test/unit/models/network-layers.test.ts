/** Composite layers: derivative against central differences, and what each one promises about time. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { gradients } from '../../../models/graph/differentiate.ts'
import { emitModel } from '../../../models/graph/emit.ts'
import { ancestors, Graph, type Value } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import { attentionPooling, causalAttention } from '../../../models/graph/layers/attention.ts'
import { causalConvolution } from '../../../models/graph/layers/convolution.ts'
import {
  dense,
  gelu,
  layerNorm,
  normalisedDense,
  rescaled,
} from '../../../models/graph/layers/dense.ts'
import { createDropout } from '../../../models/graph/layers/dropout.ts'
import { gruLayer } from '../../../models/graph/layers/gru.ts'
import { lstmLayer } from '../../../models/graph/layers/lstm.ts'
import { piecewiseLinear } from '../../../models/graph/layers/piecewise.ts'
import { sequenceOf, sequenceOfMoments } from '../../../models/graph/layers/sequence.ts'
import { uniforms } from '../../../models/graph/layers/uniform.ts'
import {
  add,
  gru,
  lstm,
  matmul,
  mul,
  reduceSum,
  reshape,
} from '../../../models/graph/operations/index.ts'
import { fixedShape, sizeOf, type Tensor } from '../../../models/graph/tensor.ts'
import { openOnnxSession } from '../../../models/runtime/onnx-session.ts'
import { gradientError } from '../../support/gradient-check.ts'

interface Layer {
  readonly shapes: readonly (readonly number[])[]
  readonly build: (inputs: readonly Value[]) => Value
}

const lstmShapes = [[4, 2, 3], [3, 20], [5, 20], [20]]
const gruShapes = [[4, 2, 3], [3, 15], [5, 15], [15], [5]]
const lstmOf =
  (states: 'all' | 'last') =>
  ([x, input, recurrent, bias]: readonly Value[]): Value =>
    lstmLayer(
      sequenceOf(x!, { learning: true }),
      { input: input!, recurrent: recurrent!, bias: bias! },
      states,
    )
const gruOf =
  (states: 'all' | 'last') =>
  ([x, input, recurrent, bias, inner]: readonly Value[]): Value =>
    gruLayer(
      sequenceOf(x!, { learning: true }),
      { input: input!, recurrent: recurrent!, bias: bias!, recurrentBias: inner! },
      states,
    )

const layers: Readonly<Record<string, Layer>> = {
  'lstm, all states': { shapes: lstmShapes, build: lstmOf('all') },
  'lstm, last state': { shapes: lstmShapes, build: lstmOf('last') },
  'lstm on moments': {
    shapes: [[2, 3], [2, 3], ...lstmShapes.slice(1)],
    build: ([a, b, input, recurrent, bias]) => {
      const weights = { input: input!, recurrent: recurrent!, bias: bias! }
      return lstmLayer(sequenceOfMoments([a!, b!], { learning: true }), weights, 'all')
    },
  },
  'two lstms': {
    shapes: [...lstmShapes, [5, 20]],
    build: ([x, input, recurrent, bias, above]) => {
      const first = lstmOf('all')([x!, input!, recurrent!, bias!])
      return lstmOf('last')([first, above!, recurrent!, bias!])
    },
  },
  'gru, all states': { shapes: gruShapes, build: gruOf('all') },
  'gru, last state': { shapes: gruShapes, build: gruOf('last') },
  'dense on a sequence': {
    shapes: [[2, 3, 4], [4, 5], [5]],
    build: ([x, weight, bias]) => dense(x!, weight!, bias!),
  },
  'layer norm': {
    shapes: [[3, 4], [4], [4]],
    build: ([x, gain, bias]) => layerNorm(x!, gain!, bias!),
  },
  'normalised dense': {
    shapes: [[3, 4], [4], [4], [4, 2], [2]],
    build: ([x, gain, shift, weight, bias]) =>
      normalisedDense(x!, [gain!, shift!], [weight!, bias!]),
  },
  gelu: { shapes: [[9]], build: ([x]) => gelu(mul(x!, 3)) },
  convolution: {
    shapes: [[6, 2, 3], [6, 4], [4]],
    build: ([x, weight, bias]) => causalConvolution(x!, weight!, bias!, { kernel: 2, dilation: 2 }),
  },
  attention: {
    shapes: [
      [6, 4],
      [6, 4],
      [6, 4],
    ],
    build: ([q, k, v]) => causalAttention([q!, k!, v!], { window: 3, batch: 2, heads: 2 }),
  },
  'attention pooling': {
    shapes: [[3, 2, 4], [4]],
    build: ([x, score]) => attentionPooling(x!, score!).embedding,
  },
  'piecewise linear': {
    shapes: [[5, 2]],
    build: ([x]) =>
      piecewiseLinear(x!, [
        { x: [-0.51, 0.02, 0.4], y: [1, -1, 2] },
        { x: [0], y: [3] },
      ]),
  },
  dropout: {
    shapes: [[4, 5]],
    build: ([x]) => {
      const key = x!.graph.constant('float', [4], [0.25, 0.5, 0.125, 0.75])
      return createDropout(key, x!.graph.constant('float', [], [3]))(x!, 0.4)
    },
  },
}

function build({ shapes, build: make }: Layer, name: string) {
  const rng = createRng(2).stream(name)
  const graph = new Graph()
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float', shape))
  const result = make(inputs)
  const shape = fixedShape(result.type.shape)
  const weights = Array.from({ length: sizeOf(shape) }, () => rng.normal())
  const loss = reduceSum(mul(result, graph.constant('float', shape, weights)))
  const at: Record<string, Tensor> = Object.fromEntries(
    shapes.map((own, i) => [
      `x${i}`,
      {
        shape: own,
        data: Float64Array.from({ length: sizeOf(own) }, () => Math.fround(2 * rng.uniform() - 1)),
      },
    ]),
  )
  return { inputs, result, loss, at }
}

describe.each(Object.entries(layers))('%s', (name, layer) => {
  const { inputs, result, loss, at } = build(layer, name)
  const wrt = gradients(loss, inputs)

  it('has the derivative that central differences have, in every input', () => {
    const values = interpret(wrt, at)
    const named = Object.fromEntries(values.map((tensor, i) => [`x${i}`, tensor]))
    expect(gradientError(loss, at, named)).toBeLessThan(1e-7)
  })

  it('means in ONNX Runtime what it means in float64, forwards and backwards', async () => {
    const outputs = Object.fromEntries([result, ...wrt].map((value, i) => [`y${i}`, value]))
    const session = await openOnnxSession(emitModel(outputs))
    const feeds = Object.fromEntries(
      session.inputs.map((input) => [
        input,
        {
          type: 'float' as const,
          data: Float32Array.from(at[input]!.data),
          shape: at[input]!.shape,
        },
      ]),
    )
    const out = await session.run(feeds)
    interpret([result, ...wrt], at).forEach(({ data }, i) => {
      data.forEach((value, j) =>
        expect(Math.abs(out[`y${i}`]![j]! - value)).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(value)),
        ),
      )
    })
    await session.close()
  })
})

describe('recurrent layers', () => {
  it.each([
    ['lstm', lstmOf('all'), lstmShapes, (v: readonly Value[]) => lstm(v[0]!, v[1]!, v[2]!, v[3]!)],
    [
      'gru',
      gruOf('all'),
      gruShapes,
      (v: readonly Value[]) => gru(v[0]!, v[1]!, v[2]!, v[3]!, v[4]!),
    ],
  ] as const)(
    'unrolled %s equals the recurrence as one operation',
    (name, unrolled, shapes, whole) => {
      const { inputs, result, at } = build({ shapes, build: unrolled }, name)
      const [a, b] = interpret([result, whole(inputs)], at)
      a!.data.forEach((value, i) => expect(value).toBeCloseTo(b!.data[i]!, 14))
    },
  )
})

describe('layers over time', () => {
  // Everything that gives a value a moment: a change of a later moment must not move an earlier one.
  const causal: Readonly<Record<string, (x: Value) => Value>> = {
    lstm: (x) => lstmOf('all')([x, ...constants(x.graph, lstmShapes.slice(1))]),
    gru: (x) => gruOf('all')([x, ...constants(x.graph, gruShapes.slice(1))]),
    convolution: (x) => {
      const [weight, bias] = constants(x.graph, [[6, 3], [3]])
      return causalConvolution(x, weight!, bias!, { kernel: 2, dilation: 2 })
    },
    attention: (x) => {
      const rows = reshape(x, [8, 3])
      const seen = causalAttention([rows, rows, rows], { window: 4, batch: 2, heads: 1 })
      return reshape(seen, [4, 2, 3])
    },
  }

  function constants(graph: Graph, shapes: readonly (readonly number[])[]): Value[] {
    const rng = createRng(5)
    return shapes.map((shape) =>
      graph.constant(
        'float',
        shape,
        Array.from({ length: sizeOf(shape) }, () => rng.normal()),
      ),
    )
  }

  it.each(Object.entries(causal))('%s: no moment sees a later one', (_, layer) => {
    const graph = new Graph()
    const output = layer(graph.input('x', 'float', [4, 2, 3]))
    const rng = createRng(9)
    const run = (later: number): Float64Array => {
      const own = createRng(4)
      const data = Float64Array.from({ length: 24 }, () => own.normal())
      for (let i = (later + 1) * 6; i < 24; i++) data[i] = 1 + rng.normal()
      return interpret([output], { x: { shape: [4, 2, 3], data } })[0]!.data
    }
    const width = (output.type.shape[2] as number) * 2
    const original = run(3)
    for (let t = 0; t < 3; t++) {
      const other = run(t)
      original.subarray(0, (t + 1) * width).forEach((value, i) => {
        expect(other[i]).toBeCloseTo(value, 15)
      })
      // And it does see its own past: the rest has changed.
      expect(other.subarray((t + 1) * width)).not.toEqual(original.subarray((t + 1) * width))
    }
  })

  it('attention gives a later row no weight, however large its score', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', [3, 1])
    const seen = causalAttention([x, x, x], { window: 3, batch: 1, heads: 1 })
    // The first row sees itself alone: its value, though the later rows would score 300 and 1000.
    const [out] = interpret([seen], { x: { shape: [3, 1], data: Float64Array.of(10, 30, 100) } })
    expect(out!.data[0]).toBeCloseTo(10, 12)
  })

  it('pools with weights that add up to 1', () => {
    const { inputs, at } = build(layers['attention pooling']!, 'pooling')
    const { attention } = attentionPooling(inputs[0]!, inputs[1]!)
    const [weights] = interpret([attention], at)
    for (let row = 0; row < 2; row++) {
      const own = weights!.data.subarray(3 * row, 3 * row + 3)
      expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      expect(own.every((weight) => weight > 0)).toBe(true)
    }
  })
})

describe('random numbers in the graph', () => {
  const count = 40_001
  async function draws(step: number, site = 0, key = [0.1, 0.2, 0.3, 0.4]): Promise<Float32Array> {
    const graph = new Graph()
    const halves = graph.constant(
      'float',
      [4],
      key.map((value) => Math.floor(value * 4096) / 4096),
    )
    const stepInput = graph.input('step', 'float', [])
    const values = uniforms(halves, stepInput, site, count)
    const session = await openOnnxSession(emitModel({ values }))
    const feeds = { step: { type: 'float' as const, data: Float32Array.of(step), shape: [] } }
    const out = await session.run(feeds)
    await session.close()
    const [exact] = interpret([values], { step: { shape: [], data: Float64Array.of(step) } })
    // Exact in float32: the oracle in float64 gives the same bits.
    expect(Array.from(out['values']!)).toEqual(Array.from(exact!.data))
    return out['values']!
  }

  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5)
    return (12 * sum) / a.length
  }

  it('are uniform, and unrelated to their neighbours, to other steps, sites and keys', async () => {
    const values = await draws(7)
    // Five standard errors of a uniform sample of this size.
    const limit = 5 / Math.sqrt(count)
    expect(Math.abs(values.reduce((a, b) => a + b) / count - 0.5)).toBeLessThan(
      limit / Math.sqrt(12),
    )
    const bins = new Array<number>(64).fill(0)
    values.forEach((value) => bins[Math.floor(value * 64)]!++)
    const expected = count / 64
    const chi = bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
    // 63 degrees of freedom: mean 63, deviation 11.2.
    expect(chi).toBeGreaterThan(63 - 5 * 11.2)
    expect(chi).toBeLessThan(63 + 5 * 11.2)
    for (const lag of [1, 2, 3, 64, 4096, 20_000]) {
      expect(Math.abs(correlation(values.subarray(lag), values.subarray(0, -lag)))).toBeLessThan(
        limit * 1.5,
      )
    }
    const others = [
      await draws(8),
      await draws(7 + 4096),
      await draws(7, 1),
      await draws(7, 0, [0.1, 0.2, 0.3, 0.4003]),
    ]
    for (const other of others) expect(Math.abs(correlation(values, other))).toBeLessThan(limit)
  })

  it('drop the asked share and keep the expectation', () => {
    const graph = new Graph()
    const x = graph.constant('float', [count], new Float64Array(count).fill(1))
    const key = graph.constant('float', [4], [0.5, 0.25, 0.125, 0.0625])
    const dropout = createDropout(key, graph.constant('float', [], [1]))
    const [first, second] = [dropout(x, 0.3), dropout(x, 0.3)]
    const [a, b, both] = interpret([first, second, add(first, second)], {})
    const dropped = a!.data.filter((value) => value === 0).length / count
    expect(Math.abs(dropped - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / count))
    expect(a!.data.reduce((p, q) => p + q) / count).toBeCloseTo(1, 1)
    expect(a!.data).not.toEqual(b!.data)
    expect(both!.data.filter((value) => value === 0).length / count).toBeCloseTo(0.09, 2)
  })
})

describe('rescaled', () => {
  const data = (...values: number[]): Float64Array => Float64Array.from(values)
  const fed = { x: { shape: [2, 2], data: data(1, -2, 3, 0.5) } }
  const graph = new Graph()
  const x = graph.input('x', 'float', ['batch', 2])
  const weight = graph.constant('float', [2, 2], [0.5, 1, -1, 2])
  const bias = graph.constant('float', [2], [0.25, -3])

  it.each<[string, Value, boolean]>([
    ['takes both numbers into the weights of a dense layer', dense(x, weight, bias), true],
    ['computes with any other value as it is', mul(x, x), false],
    ['leaves a sum that is no dense layer alone', add(mul(x, x), bias), false],
    [
      'leaves a product that reads its weight transposed alone',
      add(matmul(x, weight, { transposeRight: true }), bias),
      false,
    ],
  ])('%s', (_, value, folded) => {
    const made = rescaled(value, 3, -7)
    const [plain, actual] = interpret([value, made], fed)
    plain!.data.forEach((one, i) => expect(actual!.data[i]).toBeCloseTo(3 * one - 7, 12))
    const operations = ancestors([made]).filter((one) => !ancestors([value]).includes(one))
    const onBatch = operations.filter((one) => one.type.shape[0] === 'batch')
    expect(onBatch).toHaveLength(2)
    expect(
      onBatch.some(({ source }) => 'operation' in source && source.operation.name === 'matmul'),
    ).toBe(folded)
  })
})
