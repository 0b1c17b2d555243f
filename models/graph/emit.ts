/**
 * From graph to ONNX: an inference model, or a training loop in which one step's graph is the body of an ONNX `Loop`. Only what the
 * outputs need is emitted; names follow the order of building, so equal graphs give equal bytes.
 */
import { check } from '../../core/checks.ts'
import { ancestors, isOperation, type Emitter, type OperationValue, type Value } from './graph.ts'
import { encodeElements } from './onnx-elements.ts'
import {
  encodeModel,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from './onnx-protobuf.ts'
import { range } from './operations/shape.ts'
import { fixedShape, type Dimension } from './tensor.ts'

/**
 * A model whose inputs are the graph's inputs, by name, and whose outputs have the given names. An input named in `fixed`
 * becomes part of the model with that value instead, under its own name.
 */
export function emitModel(
  outputs: Readonly<Record<string, Value>>,
  fixed: Readonly<Record<string, ArrayLike<number>>> = {},
): Uint8Array {
  const { nodes, initializers, inputs } = emitGraph(outputs)
  const free = inputs.filter((value) => !(inputName(value) in fixed))
  const bound = inputs.filter((value) => inputName(value) in fixed)
  return encodeModel({
    name: 'model',
    nodes,
    initializers: [
      ...bound.map((value) => {
        const { name, type, shape } = describe(value, inputName(value))
        return { name, type, shape: fixedShape(shape), raw: encodeElements(type, fixed[name]!) }
      }),
      ...initializers,
    ],
    inputs: free.map((value) => describe(value, inputName(value))),
    outputs: Object.entries(outputs).map(([label, value]) => describe(value, label)),
  })
}

export interface LoopStep {
  /** int scalar: number of the step within this run, from 0. */
  readonly iteration: Value
  /** What a step hands to the next; `before` is an input of the step's graph. */
  readonly state: Readonly<Record<string, { readonly before: Value; readonly after: Value }>>
  /** One value a step, stacked along a new first axis. */
  readonly collect: Readonly<Record<string, Value>>
}

/**
 * A model that runs a step `steps` times (input, int [1]). Its other inputs are the state's names with the initial values and every
 * further input of the step's graph, seen from inside the loop; its outputs are the state's names with the suffix `Out`
 * and the collected values. Running 3 steps and then 5 gives the bits of running 8.
 */
export function emitLoop({ iteration, state, collect }: LoopStep): Uint8Array {
  const states = Object.entries(state)
  const after = Object.fromEntries(states.map(([label, value]) => [`next.${label}`, value.after]))
  const gathered = Object.fromEntries(
    Object.entries(collect).map(([label, value]) => [`each.${label}`, value]),
  )
  const { nodes, initializers, inputs } = emitGraph({ ...after, ...gathered })
  const carried = new Set([iteration, ...states.map(([, { before }]) => before)])
  const outer = inputs.filter((value) => !carried.has(value))
  for (const [label, { before }] of states)
    check(inputName(before) === label, 'a state input', label, inputName(before))

  const condition: OnnxValue = { name: 'condition', type: 'bool', shape: [] }
  const body: OnnxGraph = {
    name: 'step',
    nodes: [{ type: 'Identity', inputs: ['condition'], outputs: ['conditionOut'] }, ...nodes],
    initializers,
    inputs: [
      describe(iteration, inputName(iteration)),
      condition,
      ...states.map(([label, { before }]) => describe(before, label)),
    ],
    outputs: [
      { ...condition, name: 'conditionOut' },
      ...Object.entries({ ...after, ...gathered }).map(([label, value]) => describe(value, label)),
    ],
  }
  const loop: OnnxNode = {
    type: 'Loop',
    inputs: ['steps', 'always', ...states.map(([label]) => `${label}In`)],
    outputs: [...states.map(([label]) => `${label}Out`), ...Object.keys(collect)],
    attributes: { body: { graph: body } },
  }
  return encodeModel({
    name: 'loop',
    nodes: [loop],
    initializers: [{ name: 'always', type: 'bool', shape: [], raw: Uint8Array.of(1) }],
    inputs: [
      { name: 'steps', type: 'int', shape: [1] },
      ...states.map(([label, { before }]) => describe(before, `${label}In`)),
      ...outer.map((value) => describe(value, inputName(value))),
    ],
    outputs: [
      ...states.map(([label, { before }]) => describe(before, `${label}Out`)),
      ...Object.entries(collect).map(([label, value]) => {
        const each = describe(value, label)
        return { ...each, shape: ['steps', ...each.shape] }
      }),
    ],
  })
}

interface EmittedGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly Value[]
}

function emitGraph(outputs: Readonly<Record<string, Value>>): EmittedGraph {
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, OnnxTensor>()
  const inputs: Value[] = []
  const names = new Map<Value, string>()

  const constant = (
    type: OnnxType,
    values: ArrayLike<number>,
    shape: readonly number[],
  ): string => {
    const raw = encodeElements(type, values)
    const key = `${type} ${shape.join()} ${Buffer.from(raw.buffer).toString('latin1')}`
    const known = initializers.get(key)
    if (known !== undefined) return known.name
    const name = `c${initializers.size}`
    initializers.set(key, { name, type, shape, raw })
    return name
  }
  const shared = new Map<string, readonly string[]>()
  const emitter: Emitter = {
    nodes: (type, ins, attributes, count) => {
      const key = `${type} ${ins.join()} ${JSON.stringify(attributes)}`
      const made =
        shared.get(key) ?? Array.from({ length: count }, (_, i) => `n${nodes.length}.${i}`)
      if (!shared.has(key)) nodes.push({ type, inputs: ins, outputs: made, attributes })
      shared.set(key, made)
      return made
    },
    node: (type, ins, attributes) => {
      const name = `n${nodes.length}`
      nodes.push({ type, inputs: ins, outputs: [name], ...(attributes && { attributes }) })
      return name
    },
    ints: (values, shape = [values.length]) => constant('int', values, shape),
    floats: (values, shape = [values.length]) => constant('float', values, shape),
  }
  const needed = ancestors(Object.values(outputs))
  const splits = findSplits(needed)
  for (const value of needed) {
    const pieces = splits.get(value)
    if (names.has(value)) continue
    if (pieces !== undefined) {
      const { axis, of } = pieces
      const lengths = emitter.ints(pieces.values.map((piece) => piece.type.shape[axis] as number))
      const made = pieces.values.map((_, i) => `n${nodes.length}.${i}`)
      nodes.push({
        type: 'Split',
        inputs: [names.get(of)!, lengths],
        outputs: made,
        attributes: { axis: { int: axis } },
      })
      pieces.values.forEach((piece, i) => names.set(piece, made[i]!))
    } else if (value.source.kind === 'input') {
      inputs.push(value)
      names.set(value, value.source.name)
    } else if (value.source.kind === 'constant') {
      const { element, shape } = value.type
      names.set(value, constant(element, value.source.data, shape as readonly number[]))
    } else if (isOperation(value)) {
      const ins = value.source.inputs.map((input) => names.get(input)!)
      names.set(value, value.source.operation.emit(emitter, ins, value))
    }
  }
  // An output may be an input, a constant or another output as well, so it always gets a name of its own.
  for (const [label, value] of Object.entries(outputs)) {
    nodes.push({ type: 'Identity', inputs: [names.get(value)!], outputs: [label] })
  }
  return { nodes, initializers: [...initializers.values()], inputs }
}

interface Pieces {
  readonly of: Value
  readonly axis: number
  /** In order along the axis; together they are the whole. */
  readonly values: readonly Value[]
}

/** Widest Split: WebGPU allows twelve storage buffers a kernel, so slices of many time steps stay slices. */
const widestSplit = 8

/** Slices that together are all of one value, to be made by one node. */
function findSplits(values: readonly Value[]): Map<Value, Pieces> {
  const slices = new Map<string, { of: Value; axis: number; parts: Map<number, OperationValue> }>()
  for (const value of values) {
    if (!isOperation(value) || value.source.operation.name !== 'slice') continue
    const { axis, from } = range(value.source.attributes)
    const of = value.source.inputs[0]!
    const key = `${of.id} ${axis}`
    const group = slices.get(key) ?? { of, axis, parts: new Map<number, OperationValue>() }
    // Two slices with the same start overlap: NaN never continues a chain.
    group.parts.set(group.parts.has(from) ? NaN : from, value)
    slices.set(key, group)
  }
  const found = new Map<Value, Pieces>()
  for (const { of, axis, parts } of slices.values()) {
    const chain: Value[] = []
    let at = 0
    for (let next = parts.get(0); next !== undefined; next = parts.get(at)) {
      chain.push(next)
      at = range(next.source.attributes).to
    }
    const whole = at === of.type.shape[axis] && chain.length === parts.size
    if (!whole || chain.length < 2 || chain.length > widestSplit) continue
    for (const value of chain) found.set(value, { of, axis, values: chain })
  }
  return found
}

function describe(
  value: Value,
  name: string,
): { name: string; type: OnnxType; shape: readonly Dimension[] } {
  return { name, type: value.type.element, shape: value.type.shape }
}

function inputName(value: Value): string {
  check(value.source.kind === 'input', 'a model input', 'an input of the graph', value.source.kind)
  return value.source.name
}
