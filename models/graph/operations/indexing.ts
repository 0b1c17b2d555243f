/** Rows chosen by index, and its transpose: rows added at an index. Indices are not checked when the graph runs. */
import { check } from '../../../core/checks.ts'
import type { Operation, Value } from '../graph.ts'
import { sameShape, showShape, sizeOf } from '../tensor.ts'

/** `table[indices]` along axis 0: the shape of the indices, then the rest of the table's. */
const gatherOperation: Operation = {
  name: 'gather',
  infer: ([table, indices]) => {
    check(indices!.element === 'int', 'the indices of gather', 'integers', indices!.element)
    check(
      table!.shape.length > 0,
      'the table of gather',
      'at least one axis',
      showShape(table!.shape),
    )
    return { element: table!.element, shape: [...indices!.shape, ...table!.shape.slice(1)] }
  },
  evaluate: ([table, indices], _, shape) => {
    const row = sizeOf(table!.shape.slice(1))
    const out = new Float64Array(sizeOf(shape))
    indices!.data.forEach((index, i) => {
      out.set(table!.data.subarray(index * row, (index + 1) * row), i * row)
    })
    return out
  },
  emit: (emitter, inputs) => emitter.node('Gather', inputs, { axis: { int: 0 } }),
}

/** Zeros of `rows` rows, to which each row of the updates is added at its index; equal indices add up in order. */
const scatterAddOperation: Operation = {
  name: 'scatterAdd',
  infer: ([indices, updates], attributes) => {
    const rank = indices!.shape.length
    check(
      indices!.element === 'int' && sameShape(indices!.shape, updates!.shape.slice(0, rank)),
      'the updates of scatterAdd',
      `a row for each of the indices ${showShape(indices!.shape)}`,
      showShape(updates!.shape),
    )
    return {
      element: updates!.element,
      shape: [attributes['rows'] as number, ...updates!.shape.slice(rank)],
    }
  },
  evaluate: ([indices, updates], _, shape) => {
    const row = sizeOf(shape.slice(1))
    const out = new Float64Array(sizeOf(shape))
    indices!.data.forEach((index, i) => {
      for (let j = 0; j < row; j++) out[index * row + j]! += updates!.data[i * row + j]!
    })
    return out
  },
  emit: (emitter, [indices, updates], { source, type }) => {
    const zeros = emitter.node('Expand', [
      emitter.floats([0], []),
      emitter.ints(type.shape.map((length) => length as number)),
    ])
    const rank = source.inputs[0]!.type.shape.length
    const column = emitter.node('Unsqueeze', [indices!, emitter.ints([rank])])
    return emitter.node('ScatterND', [zeros, column, updates!], { reduction: { text: 'add' } })
  },
}

export const indexing = {
  gather: gatherOperation,
  scatterAdd: scatterAddOperation,
} as const satisfies Record<string, Operation>

export function gather(table: Value, indices: Value): Value {
  return table.graph.apply(gatherOperation, [table, indices])
}

export function scatterAdd(indices: Value, updates: Value, rows: number): Value {
  return indices.graph.apply(scatterAddOperation, [indices, updates], { rows })
}
