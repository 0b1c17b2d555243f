/**
 * A TensorFlow graph as JSON with its weights beside it: the graph-model format that `tf.loadGraphModel` opens. Forms: NodeDef and GraphDef of
 * TensorFlow (tensorflow/core/framework/*.proto in their JSON mapping), and the weights manifest of the TensorFlow.js converter.
 */
import { encodeElements } from '../../graph/onnx-elements.ts'
import type { OnnxType } from '../../graph/onnx-protobuf.ts'
import type { Dimension } from '../../graph/tensor.ts'

export type Attribute =
  | { readonly b: boolean }
  | { readonly i: string }
  | { readonly type: string }
  | { readonly list: { readonly i: readonly string[] } }
  | { readonly shape: TensorShape }
  | { readonly tensor: { readonly dtype: string; readonly tensorShape: TensorShape } }

interface TensorShape {
  readonly dim: readonly { readonly size: string }[]
}

interface NodeDef {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr: Readonly<Record<string, Attribute>>
}

/** A named dimension is −1: known when the model runs. */
export function tensorShape(shape: readonly Dimension[]): TensorShape {
  return {
    dim: shape.map((length) => ({ size: typeof length === 'number' ? String(length) : '-1' })),
  }
}

interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
}

const types = {
  float: { dtype: 'float32', graph: 'DT_FLOAT' },
  int: { dtype: 'int32', graph: 'DT_INT32' },
  bool: { dtype: 'bool', graph: 'DT_BOOL' },
} as const satisfies Record<OnnxType, { dtype: Weight['dtype']; graph: string }>

export interface GraphBuilder {
  /** Adds a node and answers its name; floats where `T` is not said otherwise. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    name?: string,
  ): string
  /** A constant; the same numbers twice are one. */
  constant(type: OnnxType, shape: readonly number[], values: ArrayLike<number>): string
  input(name: string, shape: readonly Dimension[]): void
  finish(): {
    readonly nodes: readonly NodeDef[]
    readonly weights: readonly Weight[]
    readonly data: Uint8Array
  }
}

export function createGraphBuilder(): GraphBuilder {
  const nodes: NodeDef[] = []
  const weights: Weight[] = []
  const data: Uint8Array[] = []
  const constants = new Map<string, string>()
  const add = (node: NodeDef): string => {
    nodes.push(node)
    return node.name
  }
  return {
    node: (op, input, attr = {}, name = `${op}_${nodes.length}`) =>
      add({ name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } }),
    constant(type, shape, values) {
      const raw = type === 'int' ? encodeIntegers(values) : encodeElements(type, values)
      const key = `${type} ${shape.join()} ${Buffer.from(raw).toString('latin1')}`
      const known = constants.get(key)
      if (known !== undefined) return known
      const { dtype, graph } = types[type]
      const name = `Const_${constants.size}`
      constants.set(key, name)
      weights.push({ name, shape, dtype })
      data.push(raw)
      const value = { tensor: { dtype: graph, tensorShape: tensorShape(shape) } }
      return add({ name, op: 'Const', attr: { dtype: { type: graph }, value } })
    },
    input(name, shape) {
      const attr = { dtype: { type: 'DT_FLOAT' }, shape: { shape: tensorShape(shape) } }
      add({ name, op: 'Placeholder', attr })
    },
    finish: () => ({ nodes, weights, data: new Uint8Array(Buffer.concat(data)) }),
  }
}

function encodeIntegers(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!, true)
  return bytes
}
