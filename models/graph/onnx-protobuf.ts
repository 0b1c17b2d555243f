/**
 * ONNX models as bytes: the part of the protobuf schema (onnx.proto3, IR version 8) that a graph of tensors needs, written by hand, since
 * it is a dozen messages. Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 * The same model always gives the same bytes: fields in ascending order, no timestamps, no producer version.
 */
import { check } from '../../core/checks.ts'
import type { Dimension } from './tensor.ts'

/** TensorProto.DataType */
export const onnxTypes = { float: 1, int: 7, bool: 9 } as const
export type OnnxType = keyof typeof onnxTypes

export interface OnnxTensor {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** Little-endian elements: 4 bytes a float, 8 an int, 1 a bool. */
  readonly raw: Uint8Array
}

export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly Dimension[]
}

export type OnnxNodeAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly text: string }
  | { readonly graph: OnnxGraph }

export interface OnnxNode {
  readonly type: string
  /** Default: the standard operators. */
  readonly domain?: 'ai.onnx.ml'
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, OnnxNodeAttribute>>
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

const irVersion = 8
/** Opset 17 has every operation used here in its present form, and older runtimes read it. */
export const opset = 17
/** Version 3 of the machine-learning operators has tree ensembles with float thresholds. */
const learningOpset = 3

export function encodeModel(graph: OnnxGraph): Uint8Array {
  return concatBytes([
    varintField(1, irVersion),
    textField(2, 'quorum'),
    bytesField(7, encodeGraph(graph)),
    bytesField(8, concatBytes([textField(1, ''), varintField(2, opset)])),
    ...(graph.nodes.some(({ domain }) => domain !== undefined)
      ? [bytesField(8, concatBytes([textField(1, 'ai.onnx.ml'), varintField(2, learningOpset)]))]
      : []),
  ])
}

function encodeGraph({ name, nodes, initializers, inputs, outputs }: OnnxGraph): Uint8Array {
  return concatBytes([
    ...nodes.map((node) => bytesField(1, encodeNode(node))),
    textField(2, name),
    ...initializers.map((tensor) => bytesField(5, encodeTensor(tensor))),
    ...inputs.map((value) => bytesField(11, encodeValue(value))),
    ...outputs.map((value) => bytesField(12, encodeValue(value))),
  ])
}

function encodeNode({ type, domain, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  return concatBytes([
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(5, encodeAttribute(name, value)),
    ),
    ...(domain === undefined ? [] : [textField(7, domain)]),
  ])
}

function encodeAttribute(name: string, value: OnnxNodeAttribute): Uint8Array {
  const label = textField(1, name)
  if ('float' in value) return concatBytes([label, floatField(2, value.float), varintField(20, 1)])
  if ('int' in value) return concatBytes([label, varintField(3, value.int), varintField(20, 2)])
  if ('text' in value) return concatBytes([label, textField(4, value.text), varintField(20, 3)])
  if ('texts' in value)
    return concatBytes([
      label,
      ...value.texts.map((text) => textField(9, text)),
      varintField(20, 8),
    ])
  if ('floats' in value) {
    const raw = new Uint8Array(value.floats.length * 4)
    const view = new DataView(raw.buffer)
    value.floats.forEach((float, k) => view.setFloat32(4 * k, float, true))
    return concatBytes([label, bytesField(7, raw), varintField(20, 6)])
  }
  if ('graph' in value)
    return concatBytes([label, bytesField(6, encodeGraph(value.graph)), varintField(20, 5)])
  return concatBytes([
    label,
    bytesField(8, concatBytes(value.ints.map(varint))),
    varintField(20, 7),
  ])
}

function encodeTensor({ name, type, shape, raw }: OnnxTensor): Uint8Array {
  return concatBytes([
    bytesField(1, concatBytes(shape.map(varint))),
    varintField(2, onnxTypes[type]),
    textField(8, name),
    bytesField(9, raw),
  ])
}

function encodeValue({ name, type, shape }: OnnxValue): Uint8Array {
  const dimensions = shape.map((dimension) =>
    bytesField(
      1,
      typeof dimension === 'string' ? textField(2, dimension) : varintField(1, dimension),
    ),
  )
  const tensor = concatBytes([
    varintField(1, onnxTypes[type]),
    bytesField(2, concatBytes(dimensions)),
  ])
  return concatBytes([textField(1, name), bytesField(2, bytesField(1, tensor))])
}

/** Base-128 varint; a negative number is its 64-bit two's complement, ten bytes. */
export function varint(value: number): Uint8Array {
  check(Number.isSafeInteger(value), 'a varint', 'a safe integer', value)
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

const varintField = (field: number, value: number): Uint8Array =>
  concatBytes([varint(field * 8), varint(value)])

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return concatBytes([varint(field * 8 + 5), bytes])
}

const textField = (field: number, text: string): Uint8Array =>
  bytesField(field, new TextEncoder().encode(text))

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + 2), varint(bytes.length), bytes])
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
