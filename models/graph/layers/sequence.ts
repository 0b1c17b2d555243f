/**
 * A sequence, time first, in the two forms that layers want: one matrix a moment, `[batch, width]`, or the whole, `[window, batch, width]`. Each is made from the other
 * only where it is asked for, so that a recurrent layer that reads moments never pays for stacking them.
 */
import type { Value } from '../graph.ts'
import { concat, reshape, slice } from '../operations/index.ts'
import type { Dimension } from '../tensor.ts'

export interface Sequence {
  readonly window: number
  readonly batch: Dimension
  readonly width: number
  /** Whether gradients are wanted: a recurrent layer is then unrolled, and else one operation of the runtime. */
  readonly learning: boolean
  /** Rows of moment `t`, `[batch, width]`. */
  moment(t: number): Value
  /** `[window, batch, width]` */
  whole(): Value
  /** What the sequence is made of, for a derivative of its own: the whole, or its moments. */
  parts(): readonly Value[]
  /** Gradients a moment as gradients of the parts. */
  join(moments: readonly Value[]): readonly Value[]
}

export function sequenceOf(whole: Value, { learning = false } = {}): Sequence {
  const [window, batch, width] = whole.type.shape as [number, Dimension, number]
  return {
    window,
    batch,
    width,
    learning,
    moment: (t) => reshape(slice(whole, { axis: 0, from: t, to: t + 1 }), [batch, width]),
    whole: () => whole,
    parts: () => [whole],
    join: (moments) => [stack(moments)],
  }
}

export function sequenceOfMoments(moments: readonly Value[], { learning = false } = {}): Sequence {
  const [batch, width] = moments[0]!.type.shape as [Dimension, number]
  return {
    window: moments.length,
    batch,
    width,
    learning,
    moment: (t) => moments[t]!,
    whole: () => stack(moments),
    parts: () => moments,
    join: (gradients) => gradients,
  }
}

function stack(moments: readonly Value[]): Value {
  return concat(
    moments.map((value) => reshape(value, [1, ...value.type.shape])),
    0,
  )
}

/** All rows as one matrix, `[window · batch, width]`; where the batch is unknown the whole as it is, which layers on single rows read as well. */
export function rowsOf(sequence: Sequence): Value {
  const { window, batch, width } = sequence
  const whole = sequence.whole()
  return typeof batch === 'number' ? reshape(whole, [window * batch, width]) : whole
}

/** The inverse of `rowsOf`. */
export function sequenceOfRows(
  rows: Value,
  { window, batch }: Pick<Sequence, 'window' | 'batch'>,
): Sequence {
  return sequenceOf(reshape(rows, [window, batch, rows.type.shape.at(-1)!]))
}
