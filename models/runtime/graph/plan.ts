/** A decoded model as a list of steps over values of a runtime's own type. */
import { QuorumError } from '../../../core/errors.ts'
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../graph/onnx-protobuf.ts'
import { readNode, type Operator } from './operator.ts'

export interface Plan<T> {
  /** Computes what `fetch` needs and nothing else. @param inputs the model's inputs by name, all of them */
  run(inputs: ReadonlyMap<string, T>, fetch: readonly string[]): T[]
  /** What was made of the model's constants. */
  readonly constants: readonly T[]
}

interface Step<T> {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly compute: (...inputs: readonly T[]) => T | readonly T[]
}

/** @throws INTEGRITY for an operator type that the table does not have. */
export function planGraph<T>(
  graph: OnnxGraph,
  operators: Readonly<Record<string, Operator<T>>>,
  constantOf: (tensor: OnnxTensor) => T,
): Plan<T> {
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const constants = new Map<string, T>()
  for (const [name, tensor] of initializers) constants.set(name, constantOf(tensor))
  const steps = graph.nodes.map((node): Step<T> => {
    const operator = Object.hasOwn(operators, node.type) ? operators[node.type] : undefined
    if (operator === undefined) throw unsupported(node, Object.keys(operators))
    return {
      inputs: node.inputs,
      outputs: node.outputs,
      compute: operator(readNode(node, initializers)),
    }
  })
  const needed = new Map<string, readonly Step<T>[]>()
  return {
    constants: [...constants.values()],
    run(inputs, fetch) {
      const key = fetch.join('\n')
      const chosen = needed.get(key) ?? stepsFor(steps, fetch)
      needed.set(key, chosen)
      const values = new Map([...constants, ...inputs])
      for (const { inputs: names, outputs, compute } of chosen) {
        const results = compute(...names.map((name) => values.get(name)!))
        if (isSeveral(results)) outputs.forEach((name, i) => values.set(name, results[i]!))
        else values.set(outputs[0]!, results)
      }
      return fetch.map((name) => values.get(name)!)
    },
  }
}

/** Steps are in an order in which inputs come before their users, as ONNX demands. */
function stepsFor<T>(steps: readonly Step<T>[], fetch: readonly string[]): Step<T>[] {
  const wanted = new Set(fetch)
  return steps
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => wanted.has(name))) return false
      for (const name of inputs) wanted.add(name)
      return true
    })
    .reverse()
}

function isSeveral<T>(results: T | readonly T[]): results is readonly T[] {
  return Array.isArray(results)
}

function unsupported(node: OnnxNode, known: readonly string[]): QuorumError {
  const reason = `operator ${node.type} (output ${node.outputs.join()}) is not one of ${known.join(', ')}`
  return new QuorumError('INTEGRITY', { subject: 'the network', reason })
}
