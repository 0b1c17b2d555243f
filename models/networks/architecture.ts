/**
 * Architecture: what one kind of network adds to the common trainer: the shapes and first values of its parameters, and its forward
 * pass from a window to an embedding. Everything else (preprocessing, heads, losses, batches, optimiser, early stopping, checkpoints, the saved file) is shared.
 */
import type { Rng } from '../../core/rng.ts'
import type { Value } from '../graph/graph.ts'
import type { Dropout } from '../graph/layers/dropout.ts'
import type { Sequence } from '../graph/layers/sequence.ts'
import { reshape, slice } from '../graph/operations/index.ts'
import { sizeOf } from '../graph/tensor.ts'

export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  /** First values, row-major. */
  readonly initial: (rng: Rng) => ArrayLike<number>
}

export type ParameterValues = Readonly<Record<string, Value>>

export interface Embedding {
  /** `[batch, width]` */
  readonly embedding: Value
  /** How much each row of the window counted, `[batch, window]`; from networks that pool by attention. */
  readonly attention?: Value
}

export interface Architecture {
  readonly parameters: readonly Parameter[]
  /** Of the embedding. */
  readonly width: number
  /** @param x scaled features, oldest row first; the batch may be of unknown size */
  forward(x: Sequence, parameters: ParameterValues, dropout: Dropout): Embedding
}

export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

/** Each parameter draws from a stream named after it, so adding one leaves the others as they were. */
export function initialParameters(parameters: readonly Parameter[], rng: Rng): Float32Array {
  const flat = new Float32Array(parameterCount(parameters))
  let at = 0
  for (const { name, shape, initial } of parameters) {
    flat.set(initial(rng.stream(name)), at)
    at += sizeOf(shape)
  }
  return flat
}

/** The flat vector seen as the parameters it holds. */
export function unpackParameters(
  parameters: readonly Parameter[],
  flat: Value,
): Record<string, Value> {
  let to = 0
  return Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const from = to
      to += sizeOf(shape)
      return [name, reshape(slice(flat, { axis: 0, from, to }), shape)]
    }),
  )
}
