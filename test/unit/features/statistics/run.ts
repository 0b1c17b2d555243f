import { findOperator, type SeriesOperator } from '../../../../features/index.ts'

export function seriesOperator(name: string): SeriesOperator {
  const operator = findOperator(name)
  if (operator.scope !== 'series') throw new Error(`${name} is not a series operator`)
  return operator
}

/** An operator over whole columns, one output column each. */
export function run(
  name: string,
  inputs: readonly Float64Array[],
  params: readonly number[],
  { emitPartial = false } = {},
): Float64Array[] {
  const operator = seriesOperator(name)
  const rows = inputs[0]!.length
  const outs = (operator.outputs ?? ['']).map(() => new Float64Array(rows).fill(777))
  const state: unknown = operator.state(params, { emitPartial })
  operator.advance(state, inputs, 0, rows, outs)
  return outs
}
