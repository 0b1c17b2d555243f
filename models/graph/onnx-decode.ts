/**
 * The inverse of `onnx-protobuf.ts`: model bytes as the graph that was encoded, nested graphs included. It reads what this project writes;
 * anything else (another opset, an attribute or element type that is never written) is refused by name rather than guessed.
 */
import { QuorumError } from '../../core/errors.ts'
import { bytesPerElement } from './onnx-elements.ts'
import {
  onnxTypes,
  opset,
  type OnnxGraph,
  type OnnxNode,
  type OnnxNodeAttribute,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from './onnx-protobuf.ts'
import type { Dimension } from './tensor.ts'

/** @throws INTEGRITY for bytes that are cut off, are no ONNX model, or were written by a newer version. */
export function decodeModel(model: Uint8Array): OnnxGraph {
  const message = readMessage(model)
  // The operator set is the last field, so whatever is cut off, this is missing.
  const versions = message.all(8).map((bytes) => readMessage(bytes).int(2))
  if (message.all(7).length === 0 || versions.length === 0) throw damaged('it is cut off')
  if (versions.some((version) => version > opset))
    throw damaged(`it uses operator set ${versions.join()}, this version reads up to ${opset}`)
  return decodeGraph(message.bytes(7))
}

/** An initializer's elements, or undefined where the model has none of that name. */
export function readInitializer(model: Uint8Array, name: string): Float32Array | undefined {
  const found = decodeModel(model).initializers.find((tensor) => tensor.name === name)
  return found && new Float32Array(found.raw.slice().buffer)
}

function decodeGraph(bytes: Uint8Array): OnnxGraph {
  const message = readMessage(bytes)
  return {
    name: message.text(2),
    nodes: message.all(1).map(decodeNode),
    initializers: message.all(5).map(decodeTensor),
    inputs: message.all(11).map(decodeValue),
    outputs: message.all(12).map(decodeValue),
  }
}

function decodeNode(bytes: Uint8Array): OnnxNode {
  const message = readMessage(bytes)
  const attributes = message.all(5).map(decodeAttribute)
  return {
    type: message.text(4),
    inputs: message.all(1).map(readText),
    outputs: message.all(2).map(readText),
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) }),
  }
}

function decodeAttribute(bytes: Uint8Array): [string, OnnxNodeAttribute] {
  const message = readMessage(bytes)
  const name = message.text(1)
  const type = message.int(20)
  if (type === 1) return [name, { float: message.float(2) }]
  if (type === 2) return [name, { int: message.int(3) }]
  if (type === 3) return [name, { text: message.text(4) }]
  if (type === 5) return [name, { graph: decodeGraph(message.bytes(6)) }]
  if (type === 7) return [name, { ints: message.ints(8) }]
  throw damaged(`attribute ${name} is of type ${type}, which this version does not read`)
}

function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const message = readMessage(bytes)
  const name = message.text(8)
  const type = elementType(message.int(2), name)
  const shape = message.ints(1)
  const raw = message.bytes(9)
  const expected = shape.reduce((a, b) => a * b, 1) * bytesPerElement[type]
  if (raw.length !== expected)
    throw damaged(`initializer ${name} has ${raw.length} bytes where its shape needs ${expected}`)
  return { name, type, shape, raw }
}

function decodeValue(bytes: Uint8Array): OnnxValue {
  const message = readMessage(bytes)
  const name = message.text(1)
  const tensor = readMessage(readMessage(message.bytes(2)).bytes(1))
  const dimensions = readMessage(tensor.bytes(2)).all(1)
  return {
    name,
    type: elementType(tensor.int(1), name),
    shape: dimensions.map((dimension): Dimension => {
      const one = readMessage(dimension)
      return one.all(2).length > 0 ? one.text(2) : one.int(1)
    }),
  }
}

function elementType(code: number, name: string): OnnxType {
  const found = Object.entries(onnxTypes).find(([, value]) => value === code)
  if (found === undefined) throw damaged(`${name} has elements of type ${code}`)
  return found[0] as OnnxType
}

/** The fields of one protobuf message; a field that is absent has its default: 0, nothing, an empty text. */
interface Message {
  int(field: number): number
  float(field: number): number
  text(field: number): string
  bytes(field: number): Uint8Array
  all(field: number): readonly Uint8Array[]
  /** Packed integers. */
  ints(field: number): number[]
}

const nothing = new Uint8Array(0)

function readMessage(message: Uint8Array): Message {
  const numbers = new Map<number, number>()
  const lengths = new Map<number, Uint8Array[]>()
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  let at = 0
  while (at < message.length) {
    const key = varintAt(message, at)
    const [field, wire] = [Math.floor(key.value / 8), key.value % 8]
    at = key.next
    if (wire === 0) {
      const { value, next } = varintAt(message, at)
      numbers.set(field, value)
      at = next
    } else if (wire === 5) {
      checkRest(message, at, 4)
      numbers.set(field, view.getFloat32(at, true))
      at += 4
    } else if (wire === 2) {
      const { value: length, next } = varintAt(message, at)
      checkRest(message, next, length)
      at = next + length
      const found = lengths.get(field) ?? []
      found.push(message.subarray(next, at))
      lengths.set(field, found)
    } else throw damaged(`byte ${at} begins a field of wire type ${wire}`)
  }
  const all = (field: number): readonly Uint8Array[] => lengths.get(field) ?? []
  const bytes = (field: number): Uint8Array => all(field).at(-1) ?? nothing
  return {
    all,
    bytes,
    int: (field) => numbers.get(field) ?? 0,
    float: (field) => numbers.get(field) ?? 0,
    text: (field) => readText(bytes(field)),
    ints: (field) => {
      const packed = bytes(field)
      const values: number[] = []
      for (let from = 0; from < packed.length;) {
        const { value, next } = varintAt(packed, from)
        values.push(value)
        from = next
      }
      return values
    },
  }
}

/** Base 128, least significant group first; ten bytes are the two's complement of a negative number. */
function varintAt(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0n
  for (let next = at; next < at + 10; next++) {
    const byte = bytes[next]
    if (byte === undefined) throw damaged('it is cut off')
    value |= BigInt(byte & 127) << BigInt(7 * (next - at))
    if (byte < 128) return { value: Number(BigInt.asIntN(64, value)), next: next + 1 }
  }
  throw damaged(`a number at byte ${at} has no end`)
}

function checkRest(bytes: Uint8Array, at: number, length: number): void {
  if (length < 0 || at + length > bytes.length) throw damaged('it is cut off')
}

function readText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function damaged(reason: string): QuorumError {
  return new QuorumError('INTEGRITY', { subject: 'the ONNX model', reason })
}
