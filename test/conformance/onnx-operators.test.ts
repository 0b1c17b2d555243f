/** Every operator of our own runtimes against ONNX Runtime, over the table of operators: adding one adds a case. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../core/rng.ts'
import { encodeElements } from '../../models/graph/onnx-elements.ts'
import {
  encodeModel,
  type OnnxNode,
  type OnnxNodeAttribute,
  type OnnxTensor,
  type OnnxValue,
} from '../../models/graph/onnx-protobuf.ts'
import { sizeOf } from '../../models/graph/tensor.ts'
import { exportGraphModel } from '../../models/runtime/graph-model/export.ts'
import { openPredictor } from '../../models/runtime/open-predictor.ts'
import type { FloatTensor, InferenceOptions } from '../../models/runtime/predictor.ts'
import { valueShapes } from '../../models/runtime/graph/value-shapes.ts'
import { referenceOperators } from '../../models/runtime/reference/operators.ts'
import { loadBackend } from '../../models/runtime/tfjs/backend.ts'
import { tfjsOperators } from '../../models/runtime/tfjs/operators.ts'
import { runGraphModel } from '../support/graph-model.ts'

/** An input of the model, a constant of integers or of floats, or nothing. */
type Argument =
  | {
      readonly shape: readonly number[]
      readonly data?: readonly number[]
      readonly positive?: true
    }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[]; readonly shape?: readonly number[] }
  | 'absent'

interface Case {
  readonly type: string
  readonly inputs: readonly Argument[]
  readonly attributes?: Readonly<Record<string, OnnxNodeAttribute>>
  readonly outputs?: number
  /** Inputs become booleans (x > 0) before they reach the operator: the first, or all. */
  readonly booleans?: 'first' | 'all'
  /** The result is a boolean. */
  readonly truth?: true
}

const x = { shape: [2, 3, 4] } as const
const row = { shape: [4] } as const
const numbers = (...values: number[]): Argument => ({ shape: [values.length], data: values })
const int = (value: number): OnnxNodeAttribute => ({ int: value })
const recurrent = (gates: number, layer: Partial<Case> = {}): Omit<Case, 'type'> => ({
  inputs: [
    { shape: [5, 2, 3] },
    { shape: [1, gates * 4, 3] },
    { shape: [1, gates * 4, 4] },
    { shape: [1, 2 * gates * 4] },
  ],
  attributes: { hidden_size: int(4), ...layer.attributes },
  outputs: layer.outputs ?? 1,
})

const cases: readonly Case[] = [
  ...[
    'Abs',
    'Erf',
    'Exp',
    'Floor',
    'Identity',
    'Neg',
    'Relu',
    'Sigmoid',
    'Sign',
    'Softplus',
    'Tanh',
  ].map((type) => ({ type, inputs: [x] })),
  { type: 'Sign', inputs: [numbers(-3, 0, 2)] },
  { type: 'Softplus', inputs: [numbers(-90, -20, 0, 20, 90)] },
  { type: 'Erf', inputs: [numbers(-5, -1, -1e-3, 0, 1e-3, 0.5, 3)] },
  ...['Log', 'Sqrt'].map((type) => ({ type, inputs: [{ ...x, positive: true as const }] })),
  ...['Add', 'Div', 'Max', 'Min', 'Mul', 'Sub'].flatMap((type) => [
    { type, inputs: [x, { ...row, positive: true as const }] },
    { type, inputs: [{ shape: [3, 1] }, { ...row, positive: true as const }] },
  ]),
  { type: 'Pow', inputs: [{ ...x, positive: true }, row] },
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less'].map((type) => ({
    type,
    inputs: [numbers(1, 2, 3), numbers(1, 3, 2)],
    truth: true as const,
  })),
  { type: 'And', inputs: [x, row], booleans: 'all', truth: true },
  { type: 'Not', inputs: [x], booleans: 'all', truth: true },
  { type: 'Cast', inputs: [x], booleans: 'all', attributes: { to: int(1) } },
  { type: 'IsNaN', inputs: [numbers(NaN, 1, -Infinity, 0)], truth: true },
  { type: 'Where', inputs: [row, x, { shape: [3, 1] }], booleans: 'first' },
  { type: 'Clip', inputs: [x, { floats: [-0.5], shape: [] }, { floats: [0.25], shape: [] }] },
  { type: 'Clip', inputs: [x, 'absent', { floats: [0.25], shape: [] }] },
  { type: 'Reshape', inputs: [x, { ints: [-1, 6] }] },
  { type: 'Transpose', inputs: [x], attributes: { perm: { ints: [2, 0, 1] } } },
  { type: 'Transpose', inputs: [x] },
  { type: 'Expand', inputs: [{ shape: [3, 1] }, { ints: [2, 3, 4] }] },
  { type: 'Slice', inputs: [x, { ints: [1] }, { ints: [3] }, { ints: [-1] }] },
  { type: 'Slice', inputs: [x, { ints: [-2, 0] }, { ints: [100, 1] }, { ints: [1, 0] }] },
  { type: 'Split', inputs: [x, { ints: [1, 3] }], attributes: { axis: int(-1) }, outputs: 2 },
  { type: 'Concat', inputs: [x, { shape: [2, 1, 4] }, x], attributes: { axis: int(1) } },
  { type: 'Pad', inputs: [{ shape: [2, 3] }, { ints: [0, 1, 2, 0] }] },
  { type: 'Pad', inputs: [{ shape: [2, 3] }, { ints: [1, 0, 0, 0] }, { floats: [-2], shape: [] }] },
  { type: 'Squeeze', inputs: [{ shape: [3, 1, 1] }, { ints: [-1] }] },
  { type: 'Unsqueeze', inputs: [row, { ints: [2, 0] }] },
  { type: 'Gather', inputs: [x, { ints: [2, 0, 1] }], attributes: { axis: int(1) } },
  ...['ReduceMax', 'ReduceMean'].flatMap((type) => [
    { type, inputs: [x], attributes: { axes: { ints: [1, -1] }, keepdims: int(0) } },
    { type, inputs: [x], attributes: { axes: { ints: [0] } } },
    { type, inputs: [x] },
  ]),
  { type: 'ReduceSum', inputs: [x, { ints: [0, 2] }] },
  { type: 'ReduceSum', inputs: [x, { ints: [-1] }], attributes: { keepdims: int(0) } },
  ...['Softmax', 'LogSoftmax'].flatMap((type) => [
    { type, inputs: [x], attributes: { axis: int(-1) } },
    { type, inputs: [{ shape: [1, 3], data: [1000, 0, -1000] }] },
  ]),
  { type: 'LayerNormalization', inputs: [x, row, row], attributes: { epsilon: { float: 1e-3 } } },
  { type: 'LayerNormalization', inputs: [x, row], outputs: 3 },
  { type: 'MatMul', inputs: [x, { shape: [4, 5] }] },
  { type: 'MatMul', inputs: [x, { shape: [2, 4, 2] }] },
  { type: 'Gemm', inputs: [{ shape: [2, 3] }, { shape: [3, 4] }, row] },
  {
    type: 'Gemm',
    inputs: [{ shape: [3, 2] }, { shape: [4, 3] }, { shape: [2, 1] }],
    attributes: { transA: int(1), transB: int(1), alpha: { float: 0.5 }, beta: { float: 2 } },
  },
  { type: 'LSTM', ...recurrent(4) },
  { type: 'LSTM', ...recurrent(4, { outputs: 3 }) },
  { type: 'GRU', ...recurrent(3, { attributes: { linear_before_reset: int(1) }, outputs: 2 }) },
]

interface Model {
  readonly bytes: Uint8Array
  readonly inputs: Readonly<Record<string, FloatTensor>>
  readonly outputs: readonly string[]
}

function modelOf({ type, inputs, attributes, outputs = 1, booleans, truth }: Case): Model {
  const rng = createRng(5).stream(type)
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const values: OnnxValue[] = []
  const fed: Record<string, FloatTensor> = {}
  const names = inputs.map((argument, k): string => {
    if (argument === 'absent') return ''
    const name = `i${k}`
    if ('ints' in argument) {
      const raw = encodeElements('int', argument.ints)
      initializers.push({ name, type: 'int', shape: [argument.ints.length], raw })
      return name
    }
    if ('floats' in argument) {
      const { floats, shape = [floats.length] } = argument
      initializers.push({ name, type: 'float', shape, raw: encodeElements('float', floats) })
      return name
    }
    const { shape, data, positive = false } = argument
    const draw = (): number => (positive ? 0.2 + 2 * rng.uniform() : 1.5 * rng.normal())
    fed[name] = {
      shape,
      data: Float32Array.from(data ?? Array.from({ length: sizeOf(shape) }, draw)),
    }
    values.push({ name, type: 'float', shape })
    if (booleans !== 'all' && !(booleans === 'first' && k === 0)) return name
    if (initializers.every((tensor) => tensor.name !== 'zero'))
      initializers.push({
        name: 'zero',
        type: 'float',
        shape: [],
        raw: encodeElements('float', [0]),
      })
    nodes.push({ type: 'Greater', inputs: [name, 'zero'], outputs: [`${name}.true`] })
    return `${name}.true`
  })
  const made = Array.from({ length: outputs }, (_, k) => `o${k}`)
  const results = truth === true ? ['truth'] : made
  nodes.push({ type, inputs: names, outputs: results, ...(attributes && { attributes }) })
  if (truth === true)
    nodes.push({ type: 'Cast', inputs: results, outputs: made, attributes: { to: int(1) } })
  const graph = { name: type, nodes, initializers, inputs: values }
  const named = made.map((name): OnnxValue => ({ name, type: 'float', shape: ['any'] }))
  // Zeros of the shape that a result should have: added to one of another shape, they give another number of elements, or fail.
  const shapes = valueShapes({ ...graph, outputs: named })
  const sums = made.map((name): OnnxNode => {
    const shape = shapes.get(name)!
    const raw = encodeElements('float', new Float64Array(sizeOf(shape)))
    initializers.push({ name: `${name}.zeros`, type: 'float', shape, raw })
    return { type: 'Add', inputs: [name, `${name}.zeros`], outputs: [`${name}.sum`] }
  })
  const outs = sums.map(({ outputs: [name] }) => name!)
  const bytes = encodeModel({
    ...graph,
    nodes: [...nodes, ...sums],
    outputs: outs.map((name) => ({ name, type: 'float', shape: ['any'] })),
  })
  return { bytes, inputs: fed, outputs: outs }
}

type Run = (model: Model) => Promise<Readonly<Record<string, Float32Array>>>

const through =
  (options: InferenceOptions): Run =>
  async (model) => {
    const predictor = await openPredictor(model.bytes, options)
    try {
      return await predictor.run(model.inputs)
    } finally {
      await predictor.close()
    }
  }

const ours: readonly [string, Run][] = [
  ['reference', through({ runtime: 'reference' })],
  ['tfjs cpu', through({ runtime: 'tfjs', tfjsBackend: 'cpu' })],
  ['tfjs wasm', through({ runtime: 'tfjs', tfjsBackend: 'wasm' })],
  [
    'exported graph model',
    ({ bytes, inputs, outputs }) => runGraphModel(exportGraphModel(bytes), inputs, outputs),
  ],
]

it('has a case for each operator of the tables, which differ in the layers that are unrolled', async () => {
  const types = [...new Set(cases.map(({ type }) => type))].sort()
  expect(types).toEqual(Object.keys(referenceOperators).sort())
  const tfjs = Object.keys(tfjsOperators(await loadBackend('cpu')))
  expect(types.filter((type) => !tfjs.includes(type))).toEqual(['GRU', 'LSTM'])
  expect(tfjs.filter((type) => !types.includes(type))).toEqual([])
})

describe.each(cases.map((one, k): [string, Case] => [`${k} ${one.type}`, one]))('%s', (_, one) => {
  it('gives what ONNX Runtime gives', async () => {
    const model = modelOf(one)
    const expected = await through({ runtime: 'onnx' })(model)
    for (const [name, run] of ours) {
      const outputs = await run(model)
      expect(Object.keys(outputs), name).toEqual(Object.keys(expected))
      for (const [output, values] of Object.entries(expected)) {
        expect(outputs[output], `${name} ${output}`).toHaveLength(values.length)
        // float32 on both sides: a few units in the last place, and tfjs's erf is a polynomial of absolute error 1.5e-7.
        values.forEach((value, i) =>
          expect(Math.abs(outputs[output]![i]! - value), `${name} ${output} ${i}`).toBeLessThan(
            5e-6 * (1 + Math.abs(value)),
          ),
        )
      }
    }
  })
})
