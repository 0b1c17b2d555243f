import { describe, expect, it } from 'vitest'
import { gradients } from '../../../models/graph/differentiate.ts'
import { emitLoop, emitModel } from '../../../models/graph/emit.ts'
import { ancestors, Graph } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import { readInitializer } from '../../../models/graph/onnx-decode.ts'
import { varint } from '../../../models/graph/onnx-protobuf.ts'
import {
  add,
  concat,
  gather,
  matmul,
  mul,
  reduceSum,
  reshape,
  slice,
  sub,
  tanh,
} from '../../../models/graph/operations/index.ts'
import { openOnnxSession } from '../../../models/runtime/onnx-session.ts'

describe('the graph', () => {
  it('gives the same value for the same operation on the same values', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', [3])
    expect(tanh(add(x, 1))).toBe(tanh(add(x, 1)))
    expect(add(x, 1)).not.toBe(add(x, 2))
    expect(graph.constant('float', [1], [0])).not.toBe(graph.constant('float', [1], [-0]))
  })

  it('leaves out what no output needs', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', [3])
    const kept = add(x, 1)
    mul(kept, 5)
    expect(ancestors([kept])).toHaveLength(3)
    expect(emitModel({ kept }).length).toBe(emitModel({ kept: add(x, 1) }).length)
  })

  it('refuses shapes that do not fit, with both of them in the message', () => {
    const graph = new Graph()
    const a = graph.input('a', 'float', [2, 3])
    const b = graph.input('b', 'float', ['batch', 3])
    expect(() => add(a, graph.constant('float', [2], [1, 2]))).toThrow('[2, 3] and [2]')
    expect(() => add(a, b)).toThrow(/batch/)
    expect(() => matmul(a, a)).toThrow(/product/)
    expect(() => reshape(a, [4])).toThrow('[2, 3] to [4]')
    expect(() => slice(a, { axis: 1, from: 2, to: 4 })).toThrow(/inside axis 1/)
    expect(() => concat([a, b], 0)).toThrow(/concat/)
    expect(() => gradients(a, [a])).toThrow(/single number/)
    expect(() => add(a, new Graph().input('a', 'float', [3]))).toThrow(/same graph/)
  })

  it('gives zeros for a value the loss does not depend on', () => {
    const graph = new Graph()
    const [x, y] = ['x', 'y'].map((name) => graph.input(name, 'float', [2]))
    const [gradient] = gradients(reduceSum(x!), [y!])
    expect([...interpret([gradient!], {})[0]!.data]).toEqual([0, 0])
  })

  it('joins the gradients of slices and of a shared weight', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', [6, 2])
    const weight = graph.input('w', 'float', [2, 2])
    const parts = [0, 1, 2].map((i) =>
      tanh(matmul(slice(x, { axis: 0, from: 2 * i, to: 2 * i + 2 }), weight)),
    )
    const grads = gradients(reduceSum(concat(parts, 1)), [x, weight])
    const used = ancestors(grads).map(({ source }) =>
      source.kind === 'operation' ? source.operation.name : '',
    )
    expect(used).not.toContain('pad')
    // Three products forwards, three for x backwards, one for the weight.
    expect(used.filter((name) => name === 'matmul')).toHaveLength(7)
  })
})

describe('emitted models', () => {
  it('run with any length of a named dimension', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', ['batch', 2, 3])
    const weight = graph.constant('float', [3, 1], [1, 10, 100])
    const y = reshape(matmul(x, weight), ['batch', 2])
    const session = await openOnnxSession(emitModel({ y }))
    for (const batch of [1, 4]) {
      const data = Float32Array.from({ length: batch * 6 }, (_, i) => i)
      const out = await session.run({ x: { type: 'float', data, shape: [batch, 2, 3] } })
      const [expected] = interpret([y], {
        x: { shape: [batch, 2, 3], data: Float64Array.from(data) },
      })
      expect([...out['y']!]).toEqual([...expected!.data])
      expect(out['y']!.slice(0, 2)).toEqual(Float32Array.of(210, 543))
    }
    await session.close()
  })

  it('loop a step, and splitting the loop changes no bit', async () => {
    const graph = new Graph()
    const iteration = graph.input('iteration', 'int', [])
    const w = graph.input('w', 'float', [2])
    const targets = graph.input('targets', 'float', ['steps', 2])
    const error = sub(w, gather(targets, iteration))
    const loss = reduceSum(mul(error, error))
    const [gradient] = gradients(loss, [w])
    const model = emitLoop({
      iteration,
      state: { w: { before: w, after: sub(w, mul(gradient!, 0.1)) } },
      collect: { loss },
    })
    const session = await openOnnxSession(model)
    const all = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i))
    const run = async (
      from: Float32Array,
      first: number,
      steps: number,
    ): Promise<[Float32Array, number[]]> => {
      const out = await session.run({
        steps: { type: 'int', data: BigInt64Array.of(BigInt(steps)), shape: [1] },
        wIn: { type: 'float', data: from, shape: [2] },
        targets: {
          type: 'float',
          data: all.slice(2 * first, 2 * (first + steps)),
          shape: [steps, 2],
        },
      })
      return [out['wOut']!, [...out['loss']!]]
    }
    const start = Float32Array.of(0.3, -0.7)
    const [once, losses] = await run(start, 0, 8)
    const [half, firstLosses] = await run(start, 0, 3)
    const [twice, lastLosses] = await run(half, 3, 5)
    expect(twice).toEqual(once)
    expect([...firstLosses, ...lastLosses]).toEqual(losses)
    // The same arithmetic in float64, by hand: w ← w − 0.2 (w − target).
    let byHand = [0.3, -0.7]
    for (let step = 0; step < 8; step++)
      byHand = byHand.map((value, i) => value - 0.2 * (value - all[2 * step + i]!))
    byHand.forEach((value, i) => expect(once[i]).toBeCloseTo(value, 6))
    await session.close()
  })

  it('have the same bytes for the same graph', () => {
    const build = (): Uint8Array => {
      const graph = new Graph()
      return emitModel({ y: tanh(add(graph.input('x', 'float', ['n']), 1)) })
    }
    expect(build()).toEqual(build())
  })
})

describe('the protobuf encoding', () => {
  it('writes varints as the specification does', () => {
    // https://protobuf.dev/programming-guides/encoding: 150 is 96 01, −2 is fe and nine more bytes
    expect([...varint(150)]).toEqual([0x96, 0x01])
    expect([...varint(-2)]).toEqual([0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1])
    expect([...varint(0)]).toEqual([0])
  })

  it('reads an initializer back', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', [3])
    const model = emitModel({ y: add(x, graph.constant('float', [3], [1, 2.5, -3])) })
    expect(readInitializer(model, 'c0')).toEqual(Float32Array.of(1, 2.5, -3))
    expect(readInitializer(model, 'none')).toBeUndefined()
    expect(() => readInitializer(model.slice(0, model.length - 40), 'none')).toThrow(/cut off/)
  })
})
