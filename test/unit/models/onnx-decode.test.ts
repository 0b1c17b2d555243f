/** ONNX bytes read back: what was encoded, or an error, never something else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeModel } from '../../../models/graph/onnx-decode.ts'
import { decodeElements, encodeElements } from '../../../models/graph/onnx-elements.ts'
import {
  encodeModel,
  opset,
  varint,
  type OnnxGraph,
  type OnnxNode,
  type OnnxNodeAttribute,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from '../../../models/graph/onnx-protobuf.ts'

const name = fc.string({ minLength: 1, maxLength: 6 })
const type = fc.constantFrom<OnnxType>('float', 'int', 'bool')
const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })

const tensor: fc.Arbitrary<OnnxTensor> = fc.record({ name, type, shape }).map((one) => {
  const size = one.shape.reduce((a, b) => a * b, 1)
  const values = Array.from({ length: size }, (_, i) => (one.type === 'bool' ? i % 2 : i - 1))
  return { ...one, raw: encodeElements(one.type, values) }
})

const value: fc.Arbitrary<OnnxValue> = fc.record({
  name,
  type,
  shape: fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), name), { maxLength: 3 }),
})

const { graph } = fc.letrec<{ graph: OnnxGraph; attribute: OnnxNodeAttribute; node: OnnxNode }>(
  (tie) => ({
    attribute: fc.oneof(
      { maxDepth: 1 },
      fc.record({ int: fc.integer() }),
      fc.record({ float: fc.float({ noNaN: true }) }),
      fc.record({ ints: fc.array(fc.integer({ min: -5, max: 500 }), { maxLength: 4 }) }),
      fc.record({ text: fc.string({ maxLength: 8 }) }),
      fc.record({ graph: tie('graph') }),
    ),
    node: fc.record(
      {
        type: name,
        inputs: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
        outputs: fc.array(name, { maxLength: 3 }),
        attributes: fc.dictionary(name, tie('attribute'), { minKeys: 1, maxKeys: 3 }),
      },
      { requiredKeys: ['type', 'inputs', 'outputs'] },
    ),
    graph: fc.record({
      name,
      nodes: fc.array(tie('node'), { maxLength: 3 }),
      initializers: fc.array(tensor, { maxLength: 3 }),
      inputs: fc.array(value, { maxLength: 2 }),
      outputs: fc.array(value, { maxLength: 2 }),
    }),
  }),
)

const plain = (one: OnnxGraph): unknown =>
  JSON.parse(
    JSON.stringify(one, (_, inner: unknown) =>
      inner instanceof Uint8Array ? [...inner] : Object.is(inner, -0) ? '-0' : inner,
    ),
  )

describe('decodeModel', () => {
  it('gives back every graph that was encoded, nested ones too', () => {
    fc.assert(
      fc.property(graph, (one) => {
        expect(plain(decodeModel(encodeModel(one)))).toEqual(plain(one))
      }),
    )
  })

  it('refuses a model cut off anywhere', () => {
    const model = encodeModel(fc.sample(graph, { numRuns: 1, seed: 3 })[0]!)
    for (let length = 0; length < model.length; length++)
      expect(() => decodeModel(model.subarray(0, length)), String(length)).toThrow(/integrity/)
  })

  it('refuses other bytes: text, zeros, a number without an end', () => {
    for (const bytes of [
      new TextEncoder().encode('{"format":"layers-model"}'),
      new Uint8Array(64),
      new Uint8Array(64).fill(255),
    ])
      expect(() => decodeModel(bytes)).toThrow(/integrity/)
  })

  it('refuses a newer operator set, and names both', () => {
    const model = encodeModel({ name: 'm', nodes: [], initializers: [], inputs: [], outputs: [] })
    model[model.length - 1] = opset + 1
    expect(() => decodeModel(model)).toThrow(new RegExp(`set ${opset + 1}.*up to ${opset}`))
  })

  it('refuses a constant with too few bytes', () => {
    const raw = encodeElements('float', [1, 2])
    const initializers = [{ name: 'w', type: 'float', shape: [3], raw }] as const
    const model = encodeModel({ name: 'm', nodes: [], initializers, inputs: [], outputs: [] })
    expect(() => decodeModel(model)).toThrow(/w has 8 bytes.*needs 12/)
  })
})

describe('elements', () => {
  it('come back from their bytes, wherever these lie', () => {
    const cases = [
      ['float', [1.5, -0, 3e38, NaN]],
      ['int', [-1, 0, 2 ** 52]],
      ['bool', [1, 0, 1]],
    ] as const
    for (const [element, values] of cases) {
      const raw = encodeElements(element, values)
      const shifted = new Uint8Array([9, ...raw]).subarray(1)
      const back = [...decodeElements({ type: element, raw: shifted })]
      expect(back).toEqual(element === 'float' ? values.map(Math.fround) : [...values])
    }
  })

  it('agree with the varints of the encoder at their edges', () => {
    for (const edge of [127, 128, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      const attributes = { edge: { int: edge } }
      const nodes = [{ type: 'N', inputs: [], outputs: ['o'], attributes }]
      const model = encodeModel({ name: 'm', nodes, initializers: [], inputs: [], outputs: [] })
      expect(decodeModel(model).nodes[0]!.attributes).toEqual(attributes)
      expect(varint(edge).length).toBeLessThanOrEqual(10)
    }
  })
})
