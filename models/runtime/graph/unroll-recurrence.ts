/**
 * LSTM and GRU nodes as the products and sums they are made of, moment by moment, for runtimes that do not have them as one operation.
 * The equations are those of the ONNX operators of these names.
 */
import { check } from '../../../core/checks.ts'
import { encodeElements } from '../../graph/onnx-elements.ts'
import type {
  OnnxGraph,
  OnnxNode,
  OnnxNodeAttribute,
  OnnxTensor,
} from '../../graph/onnx-protobuf.ts'
import { readNode } from './operator.ts'
import { checkRecurrent } from './recurrent-node.ts'

/** @param windowOf length of the first axis of a value, by name; it must not depend on the batch */
export function unrollRecurrence(graph: OnnxGraph, windowOf: (name: string) => number): OnnxGraph {
  const nodes: OnnxNode[] = []
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  for (const node of graph.nodes) {
    if (node.type !== 'LSTM' && node.type !== 'GRU') nodes.push(node)
    else unroll(node, windowOf(node.inputs[0]!), { nodes, initializers })
  }
  return { ...graph, nodes, initializers: [...initializers.values()] }
}

interface Target {
  readonly nodes: OnnxNode[]
  readonly initializers: Map<string, OnnxTensor>
}

/** Writes nodes whose names begin with the unrolled node's first output. */
function createBuilder(prefix: string, { nodes, initializers }: Target) {
  let count = 0
  const several = (
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxNodeAttribute>> = {},
  ): string[] => {
    const names = Array.from({ length: outputs }, () => `${prefix}/${count++}`)
    nodes.push({ type, inputs, outputs: names, attributes })
    return names
  }
  const node = (
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxNodeAttribute>> = {},
  ): string => several(type, inputs, 1, attributes)[0]!
  const ints = (...values: readonly number[]): string => {
    const name = `${prefix}/ints ${values.join()}`
    const raw = encodeElements('int', values)
    initializers.set(name, { name, type: 'int', shape: [values.length], raw })
    return name
  }
  return {
    node,
    several,
    ints,
    slice: (x: string, axis: number, from: number, to: number): string =>
      node('Slice', [x, ints(from), ints(to), ints(axis)]),
    /** Weights `[1, gates, width]` as the right side of a product. */
    turned: (weights: string): string =>
      node('Transpose', [node('Squeeze', [weights, ints(0)])], { perm: { ints: [1, 0] } }),
    rename: (from: string, to: string): void => {
      nodes.push({ type: 'Identity', inputs: [from], outputs: [to] })
    },
  }
}

type Builder = ReturnType<typeof createBuilder>

function unroll(node: OnnxNode, window: number, target: Target): void {
  const [x, W, R, B] = node.inputs as [string, string, string, string | undefined]
  const hidden = checkRecurrent(readNode(node, target.initializers))
  check(B !== undefined && B !== '', `the biases of ${node.type}`, 'there', 'absent')
  const build = createBuilder(node.outputs[0]! || node.outputs[1]!, target)
  const biases = build.node('Squeeze', [B, build.ints(0)])
  const layer = { build, window, hidden, x, W, R, biases }
  const { states, memory } = node.type === 'LSTM' ? unrollLstm(layer) : unrollGru(layer)
  const [all, last, lastMemory] = node.outputs
  const lift = (name: string, axis: number): string =>
    build.node('Unsqueeze', [name, build.ints(axis)])
  if (all !== undefined && all !== '') {
    const stacked = build.node(
      'Concat',
      states.map((state) => lift(state, 0)),
      { axis: { int: 0 } },
    )
    build.rename(lift(stacked, 1), all)
  }
  if (last !== undefined && last !== '') build.rename(lift(states.at(-1)!, 0), last)
  if (lastMemory !== undefined && lastMemory !== '') build.rename(lift(memory!, 0), lastMemory)
}

interface Layer {
  readonly build: Builder
  readonly window: number
  readonly hidden: number
  readonly x: string
  readonly W: string
  readonly R: string
  /** Those of the inputs' product, then those of the states' product. */
  readonly biases: string
}

interface Unrolled {
  /** `[batch, hidden]` after each moment. */
  readonly states: readonly string[]
  readonly memory?: string
}

/** The inputs' product of all moments at once, `[window, batch, gates]`, and moment `t` of it. */
function project({ build, x, W }: Layer, bias: string): (t: number) => string {
  const all = build.node('Add', [build.node('MatMul', [x, build.turned(W)]), bias])
  return (t) => build.node('Squeeze', [build.slice(all, 0, t, t + 1), build.ints(0)])
}

function unrollLstm(layer: Layer): Unrolled {
  const { build, window, hidden, R, biases } = layer
  const { node, several } = build
  const gates = 4 * hidden
  const own = project(
    layer,
    node('Add', [build.slice(biases, 0, 0, gates), build.slice(biases, 0, gates, 2 * gates)]),
  )
  const recurrent = build.turned(R)
  const sizes = build.ints(hidden, hidden, hidden, hidden)
  const states: string[] = []
  let memory: string | undefined
  for (let t = 0; t < window; t++) {
    const before = states.at(-1)
    const z =
      before === undefined ? own(t) : node('Add', [node('MatMul', [before, recurrent]), own(t)])
    const [i, o, f, c] = several('Split', [z, sizes], 4, { axis: { int: 1 } }) as [
      string,
      string,
      string,
      string,
    ]
    const written = node('Mul', [node('Sigmoid', [i]), node('Tanh', [c])])
    memory =
      memory === undefined
        ? written
        : node('Add', [node('Mul', [node('Sigmoid', [f]), memory]), written])
    states.push(node('Mul', [node('Sigmoid', [o]), node('Tanh', [memory])]))
  }
  return { states, memory: memory! }
}

function unrollGru(layer: Layer): Unrolled {
  const { build, window, hidden, R, biases } = layer
  const { node, several } = build
  const gates = 3 * hidden
  const own = project(layer, build.slice(biases, 0, 0, gates))
  const recurrentBias = build.slice(biases, 0, gates, 2 * gates)
  const recurrent = build.turned(R)
  const sizes = build.ints(hidden, hidden, hidden)
  const parts = (z: string, axis: number): [string, string, string] =>
    several('Split', [z, sizes], 3, { axis: { int: axis } }) as [string, string, string]
  const states: string[] = []
  for (let t = 0; t < window; t++) {
    const before = states.at(-1)
    const [u, r, n] = parts(own(t), 1)
    const [pastU, pastR, pastN] =
      before === undefined
        ? parts(recurrentBias, 0)
        : parts(node('Add', [node('MatMul', [before, recurrent]), recurrentBias]), 1)
    const update = node('Sigmoid', [node('Add', [u, pastU])])
    const reset = node('Sigmoid', [node('Add', [r, pastR])])
    const candidate = node('Tanh', [node('Add', [n, node('Mul', [reset, pastN])])])
    // (1 − u) n + u h = n + u (h − n)
    const change =
      before === undefined ? node('Neg', [candidate]) : node('Sub', [before, candidate])
    states.push(node('Add', [candidate, node('Mul', [update, change])]))
  }
  return { states }
}
