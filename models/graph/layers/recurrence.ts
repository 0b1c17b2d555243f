/** What the recurrent layers share. */
import type { Value } from '../graph.ts'
import { add, slice } from '../operations/index.ts'
import { sequenceOf, sequenceOfMoments } from './sequence.ts'

export type LayerStates = 'all' | 'last'

/** The states of all moments, `[window, batch, hidden]`, or the last, `[batch, hidden]`. */
export function joinStates(moments: readonly Value[], states: LayerStates): Value {
  return states === 'last' ? moments.at(-1)! : sequenceOfMoments(moments).whole()
}

/** d loss / d states, one a moment; none where nothing flows into a moment from above. */
export function upstreamOf(
  upstream: Value,
  states: LayerStates,
  window: number,
): (t: number) => Value | undefined {
  if (states === 'last') return (t) => (t === window - 1 ? upstream : undefined)
  const sequence = sequenceOf(upstream)
  return (t) => sequence.moment(t)
}

/** Both, or the one that there is. */
export function sum(a: Value, b: Value | undefined): Value {
  return b === undefined ? a : add(a, b)
}

export function columns(matrix: Value, from: number, to: number): Value {
  return slice(matrix, { axis: 1, from, to })
}

export function constantOf(like: Value, shape: readonly number[], value: number): Value {
  const size = shape.reduce((product, length) => product * length, 1)
  return like.graph.constant('float', shape, new Float64Array(size).fill(value))
}
