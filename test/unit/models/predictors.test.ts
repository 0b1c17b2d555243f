/** Predictors beyond their numbers: devices, shared sessions, memory, and what they refuse. */
import { describe, expect, it } from 'vitest'
import { Graph } from '../../../models/graph/graph.ts'
import { emitModel } from '../../../models/graph/emit.ts'
import { encodeElements } from '../../../models/graph/onnx-elements.ts'
import { encodeModel, type OnnxNode } from '../../../models/graph/onnx-protobuf.ts'
import { add, matmul, mul, tanh } from '../../../models/graph/operations/index.ts'
import { checkInference } from '../../../models/runtime/check-inference.ts'
import { concreteDevices, resolveDevice, whyMissing } from '../../../models/runtime/devices.ts'
import { foldConstants } from '../../../models/runtime/graph/fold-constants.ts'
import { primitiveGraph } from '../../../models/runtime/graph/primitive-graph.ts'
import { openPredictor } from '../../../models/runtime/open-predictor.ts'
import type { InferenceOptions } from '../../../models/runtime/predictor.ts'
import { leaseSession } from '../../../models/runtime/session-cache.ts'
import { loadBackend } from '../../../models/runtime/tfjs/backend.ts'

/** y = tanh(x · W) and z = 2 y of `[batch, 2]`, W = [[1, −1], [0.5, factor]]. */
function model(factor = 2): Uint8Array {
  const graph = new Graph()
  const x = graph.input('x', 'float', ['batch', 2])
  const y = tanh(matmul(x, graph.constant('float', [2, 2], [1, -1, 0.5, factor])))
  return emitModel({ y, z: mul(y, 2) })
}
const x = { data: Float32Array.of(0.5, -1, 0.25, 0.125), shape: [2, 2] }
const y = [
  [0.5, -1],
  [0.25, 0.125],
].flatMap(([a, b]) => [Math.tanh(a! + 0.5 * b!), Math.tanh(2 * b! - a!)])

const runtimes: readonly InferenceOptions[] = [
  { runtime: 'onnx' },
  { runtime: 'tfjs', tfjsBackend: 'cpu' },
  { runtime: 'tfjs', tfjsBackend: 'wasm' },
  { runtime: 'reference' },
]

describe.each(runtimes)('$runtime $tfjsBackend', (options) => {
  it('says what it is, answers what was asked for, and keeps its inputs as they were', async () => {
    const predictor = await openPredictor(model(), options)
    expect(predictor).toMatchObject({
      runtime: options.runtime,
      inputs: ['x'],
      outputs: ['y', 'z'],
    })
    expect(predictor.device).toBe(options.tfjsBackend ?? 'cpu')
    const before = x.data.slice()
    const both = await predictor.run({ x })
    expect(Object.keys(both)).toEqual(['y', 'z'])
    y.forEach((value, i) => {
      expect(both['y']![i]).toBeCloseTo(value, 6)
      expect(both['z']![i]).toBeCloseTo(2 * value, 6)
    })
    expect(Object.keys(await predictor.run({ x }, ['z']))).toEqual(['z'])
    expect(x.data).toEqual(before)
    await predictor.close()
  })

  it('answers each of many runs at once with its own numbers', async () => {
    const predictor = await openPredictor(model(), options)
    const runs = Array.from({ length: 20 }, (_, k) =>
      predictor.run({ x: { data: Float32Array.of(k / 10, 0), shape: [1, 2] } }),
    )
    ;(await Promise.all(runs)).forEach((out, k) =>
      expect(out['y']![0]).toBeCloseTo(Math.tanh(k / 10), 6),
    )
    await predictor.close()
  })

  it('refuses numbers of another shape, even as many', async () => {
    const predictor = await openPredictor(model(), options)
    const turned = { data: Float32Array.of(0.5, -1), shape: [2, 1] }
    await expect(predictor.run({ x: turned })).rejects.toThrow()
    for (const rows of [2, 3]) {
      const short = { data: Float32Array.of(0.5, -1, 2), shape: [rows, 2] }
      await expect(predictor.run({ x: short })).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    }
    await predictor.close()
  })

  it('runs no more once closed, and may be closed twice', async () => {
    const predictor = await openPredictor(model(), options)
    await predictor.close()
    await predictor.close()
    await expect(predictor.run({ x })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('refuses bytes that are no model', async () => {
    for (const bytes of [model().subarray(0, 90), new TextEncoder().encode('{}')])
      await expect(openPredictor(bytes, options)).rejects.toMatchObject({ code: 'INTEGRITY' })
  })
})

describe('devices', () => {
  it('are what they say, and one that is not there is refused with those that are', async () => {
    const reasons = await Promise.all(concreteDevices.map((device) => whyMissing(device)))
    const there = concreteDevices.filter((_, k) => reasons[k] === undefined)
    expect(there).toContain('cpu')
    for (const device of concreteDevices) {
      if (there.includes(device)) {
        const predictor = await openPredictor(model(), { device })
        expect(predictor.device).toBe(device)
        await predictor.close()
        continue
      }
      const failure = { code: 'INVALID_VALUE', exitCode: 2, details: { value: `"${device}"` } }
      for (const attempt of [openPredictor(model(), { device }), checkInference({ device })]) {
        const error = await attempt.catch((thrown: unknown) => thrown)
        expect(error).toMatchObject(failure)
        expect((error as Error).message).toContain(`(${there.join(', ')})`)
      }
    }
    expect(await resolveDevice('auto')).toBe(there.includes('cuda') ? 'cuda' : 'cpu')
  })

  it('are not what decides where TensorFlow.js runs', async () => {
    const options = { runtime: 'tfjs', device: 'webgpu' } as const
    await expect(openPredictor(model(), options)).rejects.toThrow(/inference.tfjsBackend/)
    await expect(openPredictor(model(), { runtime: 'reference', device: 'cuda' })).rejects.toThrow(
      /auto, cpu/,
    )
  })

  it('name the package that a backend lacks', async () => {
    const options = { runtime: 'tfjs', tfjsBackend: 'tensorflow' } as const
    await expect(checkInference(options)).rejects.toThrow(/Install @tensorflow\/tfjs-node-gpu/)
  })
})

describe('sessions', () => {
  const prepare = (): Promise<void> => Promise.resolve()

  it('are shared by equal models on one device, and closed by the last to leave', async () => {
    const [first, second] = await Promise.all([
      leaseSession(model(), 'cpu', prepare),
      leaseSession(model().slice(), 'cpu', prepare),
    ])
    expect(second.session).toBe(first.session)
    const other = await leaseSession(model(3), 'cpu', prepare)
    expect(other.session).not.toBe(first.session)
    await first.release()
    const feeds = { x: { type: 'float', ...x } } as const
    expect((await second.session.run(feeds))['y']![0]).toBeCloseTo(y[0]!, 6)
    await second.release()
    const again = await leaseSession(model(), 'cpu', prepare)
    expect(again.session).not.toBe(first.session)
    await Promise.all([again.release(), other.release()])
  })

  it('are not kept where opening failed', async () => {
    const broken = model().subarray(0, 90)
    for (let k = 0; k < 2; k++)
      await expect(leaseSession(broken, 'cpu', prepare)).rejects.toMatchObject({
        code: 'INTEGRITY',
      })
  })
})

describe('TensorFlow.js', () => {
  it('keeps no tensor of a run, and none at all once closed, on two backends by turns', async () => {
    const tf = await loadBackend('cpu')
    const before = tf.memory().numTensors
    const predictors = await Promise.all(
      (['cpu', 'wasm'] as const).map((tfjsBackend) =>
        openPredictor(model(), { runtime: 'tfjs', tfjsBackend }),
      ),
    )
    const open = tf.memory().numTensors
    expect(open).toBeGreaterThan(before)
    for (let k = 0; k < 5; k++) {
      const outs = await Promise.all(predictors.map((one) => one.run({ x })))
      for (const out of outs) expect(out['y']![3]).toBeCloseTo(y[3]!, 6)
      expect(tf.memory().numTensors).toBe(open)
    }
    await expect(predictors[0]!.run({ x: { ...x, shape: [4, 1] } })).rejects.toThrow()
    expect(tf.memory().numTensors).toBe(open)
    for (const predictor of predictors) await predictor.close()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('our own execution of ONNX', () => {
  const value = (
    name: string,
  ): { name: string; type: 'float'; shape: readonly (number | string)[] } => ({
    name,
    type: 'float',
    shape: ['batch', 2],
  })
  const modelWith = (
    node: OnnxNode,
    weights: Readonly<Record<string, readonly number[]>> = {},
  ): Uint8Array =>
    encodeModel({
      name: 'm',
      nodes: [node],
      initializers: Object.entries(weights).map(([name, shape]) => {
        const raw = encodeElements('float', new Float64Array(shape.reduce((a, b) => a * b, 1)))
        return { name, type: 'float', shape, raw }
      }),
      inputs: [{ ...value('x'), shape: [3, 'batch', 2] }],
      outputs: [value('y')],
    })

  it('names an operator that it does not know', async () => {
    const bytes = modelWith({ type: 'Hardmax', inputs: ['x'], outputs: ['y'] })
    for (const options of [{ runtime: 'reference' }, { runtime: 'tfjs' }] as const)
      await expect(openPredictor(bytes, options)).rejects.toThrow(/operator Hardmax/)
  })

  it('refuses recurrent layers of another form rather than compute something else', async () => {
    const weights = { W: [1, 3, 2], R: [1, 3, 1], B: [1, 6] }
    const node = (attributes: OnnxNode['attributes']): OnnxNode => ({
      type: 'GRU',
      inputs: ['x', 'W', 'R', 'B'],
      outputs: ['y'],
      attributes: { hidden_size: { int: 1 }, ...attributes },
    })
    const open = (attributes: OnnxNode['attributes']): Promise<unknown> =>
      openPredictor(modelWith(node(attributes), weights), { runtime: 'reference' })
    await expect(open({})).rejects.toThrow(/linear_before_reset/)
    const after = { linear_before_reset: { int: 1 } }
    await expect(open({ ...after, direction: { text: 'reverse' } })).rejects.toThrow(/direction/)
    await expect(open({ ...after, layout: { int: 1 } })).rejects.toThrow(/layout/)
  })

  it('computes once what depends on constants alone, and forgets what only that read', () => {
    const graph = new Graph()
    const constant = (...values: number[]): ReturnType<Graph['constant']> =>
      graph.constant('float', [2], values)
    const folded = tanh(add(constant(1, 2), constant(3, 4)))
    const bytes = emitModel({ y: add(graph.input('x', 'float', ['batch', 2]), folded) })
    const { nodes, initializers } = primitiveGraph(bytes)
    expect(nodes.map(({ type }) => type)).toEqual(['Add', 'Identity'])
    expect(initializers).toHaveLength(1)
    expect(new Float32Array(initializers[0]!.raw.slice().buffer)[1]).toBeCloseTo(Math.tanh(6), 7)
  })

  it('gives folded comparisons and casts their element types', () => {
    const nodes: OnnxNode[] = [
      { type: 'IsNaN', inputs: ['w'], outputs: ['nan'] },
      { type: 'Cast', inputs: ['nan'], outputs: ['asFloat'], attributes: { to: { int: 1 } } },
      { type: 'Where', inputs: ['nan', 'w', 'asFloat'], outputs: ['y'] },
    ]
    const w = { name: 'w', type: 'float', shape: [1], raw: encodeElements('float', [3]) } as const
    const outputs = ['nan', 'asFloat', 'y'].map((name) => value(name))
    const graph = foldConstants({ name: 'm', nodes, initializers: [w], inputs: [], outputs })
    expect(graph.nodes).toEqual([])
    expect(graph.initializers.map((tensor) => [tensor.name, tensor.type])).toEqual([
      ['nan', 'bool'],
      ['asFloat', 'float'],
      ['y', 'float'],
    ])
  })

  it('does not compute an output that nobody asked for', async () => {
    const shape = { name: 's', type: 'int', shape: [1], raw: encodeElements('int', [7]) } as const
    const bytes = encodeModel({
      name: 'm',
      nodes: [
        { type: 'Neg', inputs: ['x'], outputs: ['y'] },
        {
          type: 'Concat',
          inputs: ['x', 'x'],
          outputs: ['twice'],
          attributes: { axis: { int: 0 } },
        },
        { type: 'Reshape', inputs: ['twice', 's'], outputs: ['broken'] },
      ],
      initializers: [shape],
      inputs: [{ name: 'x', type: 'float', shape: [2] }],
      outputs: [value('y'), value('broken')],
    })
    const predictor = await openPredictor(bytes, { runtime: 'reference' })
    const fed = { x: { data: Float32Array.of(1, 2), shape: [2] } }
    expect([...(await predictor.run(fed, ['y']))['y']!]).toEqual([-1, -2])
    await expect(predictor.run(fed, ['broken'])).rejects.toThrow(/reshape/)
  })
})
