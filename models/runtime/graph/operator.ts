/**
 * How an operator type of a decoded model is computed by a runtime of ours: a table entry that reads a node's attributes once and gives the
 * function of its inputs. Semantics: ONNX operators, opset 17 (https://onnx.ai/onnx/operators/).
 */
import { check, invalid } from '../../../core/checks.ts'
import { decodeElements } from '../../graph/onnx-elements.ts'
import type { OnnxNode, OnnxTensor } from '../../graph/onnx-protobuf.ts'

/** `T`: what the runtime computes on. Several results where a node has several outputs. */
export type Operator<T> = (node: NodeReader) => (...inputs: readonly T[]) => T | readonly T[]

export interface NodeReader {
  readonly type: string
  readonly inputCount: number
  /** Names of the outputs; an empty one is not wanted. */
  readonly outputs: readonly string[]
  int(attribute: string, standard: number): number
  float(attribute: string, standard: number): number
  ints(attribute: string): readonly number[] | undefined
  text(attribute: string, standard: string): string
  /** The numbers of an input that is a constant, such as axes or a shape; undefined where there is no such input. */
  constant(input: number): readonly number[] | undefined
}

/** @throws INVALID_VALUE where an operator needs a constant and the model computes it. */
export function readNode(
  { type, inputs, outputs, attributes = {} }: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
): NodeReader {
  return {
    type,
    inputCount: inputs.length,
    outputs,
    int: (name, standard) => {
      const found = attributes[name]
      return found !== undefined && 'int' in found ? found.int : standard
    },
    float: (name, standard) => {
      const found = attributes[name]
      return found !== undefined && 'float' in found ? found.float : standard
    },
    ints: (name) => {
      const found = attributes[name]
      return found !== undefined && 'ints' in found ? found.ints : undefined
    },
    text: (name, standard) => {
      const found = attributes[name]
      return found !== undefined && 'text' in found ? found.text : standard
    },
    constant: (input) => {
      const name = inputs[input] ?? ''
      if (name === '') return undefined
      const tensor = constants.get(name)
      check(tensor !== undefined, `input ${input} of ${type}`, 'a constant', name)
      return Array.from(decodeElements(tensor))
    },
  }
}

/** The numbers of an input that must be a constant. */
export function requiredConstant(node: NodeReader, input: number): readonly number[] {
  const found = node.constant(input)
  if (found === undefined) throw invalid(`input ${input} of ${node.type}`, 'there', 'absent')
  return found
}

/** Where a Reshape goes: lengths, −1 for the one that follows from the others. Our models never copy a length with 0. */
export function reshapeTarget(node: NodeReader): readonly number[] {
  const wanted = requiredConstant(node, 1)
  check(!wanted.includes(0), 'the shape of Reshape', 'without 0', wanted)
  return wanted
}

/** An axis counted from the end where it is negative. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}
