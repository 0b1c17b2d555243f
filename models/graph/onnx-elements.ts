/** Elements of ONNX tensors: little-endian bytes in the model, numbers here; booleans are 0 and 1. */
import type { OnnxTensor, OnnxType } from './onnx-protobuf.ts'

export const bytesPerElement = { float: 4, int: 8, bool: 1 } as const satisfies Record<
  OnnxType,
  number
>

export function encodeElements(type: OnnxType, values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytesPerElement[type]))
  for (let i = 0; i < values.length; i++) {
    if (type === 'float') view.setFloat32(4 * i, values[i]!, true)
    else if (type === 'int') view.setBigInt64(8 * i, BigInt(values[i]!), true)
    else view.setUint8(i, values[i]!)
  }
  return new Uint8Array(view.buffer)
}

export function decodeElements({ type, raw }: Pick<OnnxTensor, 'type' | 'raw'>): Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const values = new Float64Array(raw.length / bytesPerElement[type])
  for (let i = 0; i < values.length; i++) {
    if (type === 'float') values[i] = view.getFloat32(4 * i, true)
    else if (type === 'int') values[i] = Number(view.getBigInt64(8 * i, true))
    else values[i] = view.getUint8(i)
  }
  return values
}
