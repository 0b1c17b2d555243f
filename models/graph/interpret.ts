/** The graph evaluated in float64, one value after the other: the oracle for gradients and for what a runtime computes. */
import { check } from '../../core/checks.ts'
import { ancestors, isOperation, type Attributes, type Value } from './graph.ts'
import { showShape, type Shape, type Tensor } from './tensor.ts'

/** @returns one tensor an output. Named dimensions take the lengths that the inputs have. */
export function interpret(
  outputs: readonly Value[],
  inputs: Readonly<Record<string, Tensor>>,
): Tensor[] {
  const results = new Map<Value, Tensor>()
  const names = new Map<string, number>()
  const bind = (shape: Shape): number[] =>
    shape.map((dimension) =>
      typeof dimension === 'string' ? (names.get(dimension) ?? NaN) : dimension,
    )
  const bindAttributes = (attributes: Attributes): Attributes =>
    'shape' in attributes
      ? { ...attributes, shape: bind(attributes['shape'] as Shape) }
      : attributes

  for (const value of ancestors(outputs)) {
    const { source, type } = value
    if (source.kind === 'constant') {
      results.set(value, { shape: bind(type.shape), data: source.data })
    } else if (source.kind === 'input') {
      const tensor = inputs[source.name]
      check(tensor !== undefined, 'the inputs', `with ${source.name}`, Object.keys(inputs).join())
      type.shape.forEach((dimension, axis) => {
        if (typeof dimension === 'string' && !names.has(dimension))
          names.set(dimension, tensor.shape[axis] ?? NaN)
      })
      const expected = bind(type.shape)
      check(
        expected.join() === tensor.shape.join(),
        `input ${source.name}`,
        showShape(expected),
        showShape(tensor.shape),
      )
      results.set(value, tensor)
    } else if (isOperation(value)) {
      const tensors = source.inputs.map((input) => results.get(input)!)
      const types = source.inputs.map((input, i) => ({
        element: input.type.element,
        shape: tensors[i]!.shape,
      }))
      const attributes = bindAttributes(source.attributes)
      const shape = source.operation.infer(types, attributes).shape as readonly number[]
      results.set(value, { shape, data: source.operation.evaluate(tensors, attributes, shape) })
    }
  }
  return outputs.map((output) => results.get(output)!)
}
