/**
 * Architecture: what one kind of network adds to the common trainer: the shapes and first values of its parameters, and its forward
 * pass. Everything else (preprocessing, loss, batches, optimiser, early stopping, checkpoints, the saved file) is shared.
 */
import type { Rng } from '../../core/rng.ts'
import type { Value } from '../graph/graph.ts'
import { reshape, slice } from '../graph/operations/index.ts'
import { sizeOf } from '../graph/tensor.ts'

export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  /** First values, row-major. */
  readonly initial: (rng: Rng) => ArrayLike<number>
}

export interface Architecture {
  readonly parameters: readonly Parameter[]
  /**
   * @param x standardised features, time first: `[window, batch, features]`; batch may be a named dimension
   * @returns `[batch, 1]`, in standardised label units
   */
  forward(x: Value, parameters: Readonly<Record<string, Value>>): Value
}

export function parameterCount({ parameters }: Architecture): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

/** Each parameter draws from a stream named after it, so adding one leaves the others as they were. */
export function initialParameters({ parameters }: Architecture, rng: Rng): Float32Array {
  return Float32Array.from(
    parameters.flatMap(({ name, initial }) => Array.from(initial(rng.stream(name)))),
  )
}

/** The flat vector seen as the parameters it holds. */
export function unpackParameters({ parameters }: Architecture, flat: Value): Record<string, Value> {
  let to = 0
  return Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const from = to
      to += sizeOf(shape)
      return [name, reshape(slice(flat, { axis: 0, from, to }), shape)]
    }),
  )
}

/** Uniform in ± bound. */
export const uniform =
  (size: number, bound: number) =>
  (rng: Rng): Float64Array =>
    Float64Array.from({ length: size }, () => (2 * rng.uniform() - 1) * bound)
