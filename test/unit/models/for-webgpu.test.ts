/** The rewriting for WebGPU changes no number; that WebGPU can run the result is in test/services/webgpu.test.ts. */
import { expect, it } from 'vitest'
import { gradients } from '../../../models/graph/differentiate.ts'
import { emitLoop, emitModel } from '../../../models/graph/emit.ts'
import { Graph } from '../../../models/graph/graph.ts'
import { decodeModel } from '../../../models/graph/onnx-decode.ts'
import { encodeElements } from '../../../models/graph/onnx-elements.ts'
import { encodeModel, type OnnxGraph } from '../../../models/graph/onnx-protobuf.ts'
import { add, mul, normalise, reduceSum, sub } from '../../../models/graph/operations/index.ts'
import { forWebGpu } from '../../../models/runtime/graph/for-webgpu.ts'
import { openOnnxSession } from '../../../models/runtime/onnx-session.ts'

/** w ← w − 0.1 d(Σ (normalise(w) · 2 − 1)²)/dw, some steps in a loop: the derivative reads the inverse deviation. */
function trainingLoop(): Uint8Array {
  const graph = new Graph()
  const iteration = graph.input('iteration', 'int', [])
  const w = graph.input('w', 'float', [2, 5])
  const error = sub(mul(normalise(w), 2), 1)
  const loss = reduceSum(mul(mul(error, error), add(w, 3)))
  const [gradient] = gradients(loss, [w])
  const after = sub(w, mul(gradient!, 0.01))
  return emitLoop({ iteration, state: { w: { before: w, after } }, collect: { loss } })
}

/** For every LayerNormalization, inside loops too, how many of its outputs are read. */
function outputsRead({ nodes, outputs }: OnnxGraph): number[] {
  const read = new Set([
    ...nodes.flatMap(({ inputs }) => inputs),
    ...outputs.map(({ name }) => name),
  ])
  return nodes.flatMap((node) => {
    const body = node.attributes?.['body']
    if (body !== undefined && 'graph' in body) return outputsRead(body.graph)
    return node.type === 'LayerNormalization'
      ? [node.outputs.filter((name) => read.has(name)).length]
      : []
  })
}

it('leaves no LayerNormalization of which more than one output is read, inside a loop either, and every number as it was', async () => {
  const original = trainingLoop()
  const rewritten = forWebGpu(original)
  expect(Math.max(...outputsRead(decodeModel(original)))).toBeGreaterThan(1)
  expect(outputsRead(decodeModel(rewritten)).every((count) => count === 1)).toBe(true)
  const results = await Promise.all(
    [original, rewritten].map(async (model) => {
      const session = await openOnnxSession(model)
      const data = Float32Array.from({ length: 10 }, (_, i) => Math.sin(i * i))
      const out = await session.run({
        steps: { type: 'int', data: BigInt64Array.of(5n), shape: [1] },
        wIn: { type: 'float', data, shape: [2, 5] },
      })
      await session.close()
      return [...out['wOut']!, ...out['loss']!]
    }),
  )
  expect(new Set(results[0]).size).toBe(15)
  results[0]!.forEach((value, i) => expect(results[1]![i]! / value).toBeCloseTo(1, 5))
})

it('computes all three outputs, with scale and bias', async () => {
  const constant = (name: string, values: number[]) =>
    ({ name, type: 'float', shape: [values.length], raw: encodeElements('float', values) }) as const
  const model = encodeModel({
    name: 'm',
    nodes: [
      {
        type: 'LayerNormalization',
        inputs: ['x', 'scale', 'bias'],
        outputs: ['y', 'mean', 'inverse'],
        attributes: { axis: { int: -1 }, epsilon: { float: 0.01 } },
      },
    ],
    initializers: [constant('scale', [1, 2, -1]), constant('bias', [0.5, 0, 3])],
    inputs: [{ name: 'x', type: 'float', shape: ['rows', 3] }],
    outputs: ['y', 'mean', 'inverse'].map((name) => ({
      name,
      type: 'float',
      shape: ['rows', 'n'],
    })),
  })
  const feeds = {
    x: { type: 'float', data: Float32Array.of(1, 5, -2, 0, 0, 1), shape: [2, 3] },
  } as const
  const [expected, actual] = await Promise.all(
    [model, forWebGpu(model)].map(async (one) => {
      const session = await openOnnxSession(one)
      const out = await session.run(feeds)
      await session.close()
      return out
    }),
  )
  for (const name of ['y', 'mean', 'inverse'])
    expected![name]!.forEach((value, i) => expect(actual![name]![i]).toBeCloseTo(value, 5))
})

it('leaves a model alone that needs nothing', () => {
  const graph = new Graph()
  const model = emitModel({ y: normalise(graph.input('x', 'float', ['rows', 3])) })
  expect(forWebGpu(model)).toBe(model)
})
