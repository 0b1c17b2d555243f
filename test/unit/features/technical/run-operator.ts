/** All rows of an operator in one call. */
import type { SeriesOperator } from '../../../../features/operator.ts'
import { findOperator } from '../../../../features/operators/index.ts'

export function runOperator(
  name: string,
  inputs: readonly (Float64Array | readonly number[])[],
  params: readonly number[],
): Float64Array[] {
  const operator = seriesOperator(name)
  const columns = inputs.map((input) => Float64Array.from(input))
  const { length } = columns[0]!
  const outs = (operator.outputs ?? ['']).map(() => new Float64Array(length))
  const state: unknown = operator.state(params, { emitPartial: false })
  operator.advance(state, columns, 0, length, outs)
  return outs
}

export function seriesOperator(name: string): SeriesOperator {
  const operator = findOperator(name)
  if (operator.scope !== 'series') throw new Error(`${name} is not a series operator`)
  return operator
}
