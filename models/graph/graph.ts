/**
 * The graph: values connected by operations, built forwards, never changed. Building the same operation on the same values
 * twice gives the same value (common-subexpression elimination by construction); what no output needs is never emitted.
 *
 * One operation, one result. An operation is a table entry (`operations/`) that knows its result's type, its float64 meaning
 * (the oracle) and its ONNX form; its derivative is a rule beside it (`gradient-rules.ts`).
 */
import { check } from '../../core/checks.ts'
import {
  showShape,
  sizeOf,
  type Element,
  type Shape,
  type Tensor,
  type TensorType,
} from './tensor.ts'

export type AttributeValue = number | boolean | readonly (number | string)[]
export type Attributes = Readonly<Record<string, AttributeValue>>

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string }

/** Where an operation writes its ONNX form; each call returns the name of what it made. */
export interface Emitter {
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string
  /** All outputs of a node; the same call gives the same node, so that operations can share one. */
  nodes(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
  ): readonly string[]
  ints(values: readonly number[], shape?: readonly number[]): string
  floats(values: readonly number[], shape?: readonly number[]): string
}

export interface Operation {
  readonly name: string
  /** @throws INVALID_VALUE where the inputs do not fit. */
  infer(inputs: readonly TensorType[], attributes: Attributes): TensorType
  /** The meaning, in float64, on inputs of the inferred shapes. */
  evaluate(
    inputs: readonly Tensor[],
    attributes: Attributes,
    shape: readonly number[],
  ): Float64Array
  emit(emitter: Emitter, inputs: readonly string[], value: OperationValue): string
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float64Array }
  | OperationSource

export interface OperationSource {
  readonly kind: 'operation'
  readonly operation: Operation
  readonly inputs: readonly Value[]
  readonly attributes: Attributes
  /** Takes the place of the operation's own rule, see `custom-gradient.ts`. */
  readonly gradient?: (upstream: Value) => readonly (Value | undefined)[]
}

export interface Value {
  readonly graph: Graph
  /** Ascending in order of building: inputs of a value have smaller ids. */
  readonly id: number
  readonly type: TensorType
  readonly source: Source
}

export type OperationValue = Value & { readonly source: OperationSource }

/** A value, or a number that becomes a float constant. */
export type Operand = Value | number

export class Graph {
  readonly #known = new Map<string, Value>()
  #count = 0

  input(name: string, element: Element, shape: Shape): Value {
    check(!this.#known.has(`input ${name}`), 'an input name', 'unused', name)
    return this.#add(`input ${name}`, { element, shape }, { kind: 'input', name })
  }

  constant(element: Element, shape: readonly number[], data: ArrayLike<number>): Value {
    check(
      data.length === sizeOf(shape),
      `a constant of shape ${showShape(shape)}`,
      `${sizeOf(shape)} numbers`,
      data.length,
    )
    const values = Float64Array.from(data)
    // Object.is tells −0 from 0 and NaN from nothing else, and so does this key.
    const text = Array.from(values, (value) => (Object.is(value, -0) ? '-0' : String(value))).join()
    return this.#add(
      `${element} ${showShape(shape)} ${text}`,
      { element, shape },
      { kind: 'constant', data: values },
    )
  }

  apply(operation: Operation, inputs: readonly Value[], attributes: Attributes = {}): Value {
    this.#checkOwn(operation, inputs)
    const key = `${operation.name}(${inputs.map(({ id }) => id).join()})${JSON.stringify(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const type = operation.infer(
      inputs.map((value) => value.type),
      attributes,
    )
    return this.#add(key, type, { kind: 'operation', operation, inputs, attributes })
  }

  /** Like `apply`, with a derivative of its own; never shared with another value. */
  applyCustom(
    operation: Operation,
    inputs: readonly Value[],
    gradient: NonNullable<OperationSource['gradient']>,
  ): Value {
    this.#checkOwn(operation, inputs)
    const type = operation.infer(
      inputs.map((value) => value.type),
      {},
    )
    const source = { kind: 'operation', operation, inputs, attributes: {}, gradient } as const
    return this.#add(`custom ${this.#count}`, type, source)
  }

  #checkOwn(operation: Operation, inputs: readonly Value[]): void {
    for (const value of inputs)
      check(value.graph === this, 'an input', 'a value of the same graph', operation.name)
  }

  #add(key: string, type: TensorType, source: Source): Value {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value: Value = { graph: this, id: this.#count++, type, source }
    this.#known.set(key, value)
    return value
  }
}

/** Operands as values of one graph; at least one of them must be a value. */
export function lift(...operands: readonly Operand[]): Value[] {
  const first = operands.find((operand) => typeof operand !== 'number')
  check(first !== undefined, 'the operands', 'at least one value of a graph', 'only numbers')
  return operands.map((operand) =>
    typeof operand === 'number' ? first.graph.constant('float', [], [operand]) : operand,
  )
}

export function isOperation(value: Value): value is OperationValue {
  return value.source.kind === 'operation'
}

/** Everything that `outputs` need, each once, inputs before users. */
export function ancestors(outputs: readonly Value[]): Value[] {
  const seen = new Set<Value>()
  const pending = [...outputs]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    if (isOperation(value)) pending.push(...value.source.inputs)
  }
  return [...seen].sort((a, b) => a.id - b.id)
}
