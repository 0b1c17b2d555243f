/**
 * All that training carries from one run to the next, and its bytes: a JSON header (its length first, 4 bytes little-endian), then the
 * vectors as little-endian float32. Resuming from it gives the bits of a fit that was never interrupted.
 */
import { z } from 'zod'
import { canonicalJson } from '../../../core/canonical-json.ts'
import { QuorumError } from '../../../core/errors.ts'
import { fixedShape, sizeOf } from '../../graph/tensor.ts'

const point = z.strictObject({
  step: z.int(),
  trainLoss: z.number(),
  validationLoss: z.number().exactOptional(),
})

const header = z.strictObject({
  /** Which fit this belongs to: a hash of everything that decides its course. */
  fit: z.string(),
  epoch: z.int(),
  /** Batches of this epoch already learned from. */
  batch: z.int(),
  /** Sum of this epoch's losses so far. */
  lossSum: z.number(),
  /** Optimiser steps taken. */
  step: z.int(),
  /** Loss of the first step, of the untrained model; null before it. */
  firstLoss: z.number().nullable(),
  /** Factor of the learning rate that a plateau schedule has come to. */
  rate: z.number(),
  /** Epoch at which that factor last fell. */
  rateEpoch: z.int(),
  bestEpoch: z.int(),
  /** Null before the first validation. */
  bestLoss: z.number().nullable(),
  finished: z.boolean(),
  curve: z.array(point),
})

export interface TrainingState extends z.infer<typeof header> {
  parameters: Float32Array
  best: Float32Array
  /** The optimiser's, by name. */
  optimiser: Readonly<Record<string, Float32Array>>
}

/** Shapes of the optimiser's vectors, by name. */
export type OptimiserShapes = Readonly<Record<string, readonly number[]>>

export function initialState(
  fit: string,
  parameters: Float32Array,
  shapes: OptimiserShapes,
): TrainingState {
  return {
    fit,
    epoch: 0,
    batch: 0,
    lossSum: 0,
    step: 0,
    firstLoss: null,
    rate: 1,
    rateEpoch: 0,
    bestEpoch: -1,
    bestLoss: null,
    finished: false,
    curve: [],
    parameters,
    best: parameters,
    optimiser: Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
    ),
  }
}

export function encodeState({ parameters, best, optimiser, ...rest }: TrainingState): Uint8Array {
  const text = new TextEncoder().encode(canonicalJson(rest))
  const vectors = [
    parameters,
    best,
    ...Object.keys(optimiser)
      .sort()
      .map((name) => optimiser[name]!),
  ]
  const size = vectors.reduce((sum, vector) => sum + vector.length, 0)
  const body = new Uint8Array(4 + text.length + 4 * size)
  const view = new DataView(body.buffer)
  view.setUint32(0, text.length, true)
  body.set(text, 4)
  let at = 4 + text.length
  for (const vector of vectors) {
    for (const value of vector) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return body
}

/** @throws INTEGRITY for bytes of another form, or of another fit. */
export function decodeState(
  bytes: Uint8Array,
  fit: string,
  { parameters, optimiser }: { readonly parameters: number; readonly optimiser: OptimiserShapes },
): TrainingState {
  const fail = (reason: string, cause?: unknown): QuorumError =>
    new QuorumError('INTEGRITY', { subject: 'the checkpoint', reason }, { cause })
  if (bytes.length < 4) throw fail(`it has ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true)
  if (bytes.length < 4 + length) throw fail(`it has ${bytes.length} bytes`)
  let rest
  try {
    rest = header.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))))
  } catch (error) {
    throw fail('its header is unreadable', error)
  }
  if (rest.fit !== fit) throw fail('it belongs to another fit: other data, parameters or seed')
  const names = Object.keys(optimiser).sort()
  const sizes = names.map((name) => sizeOf(fixedShape(optimiser[name]!)))
  const total = 2 * parameters + sizes.reduce((sum, size) => sum + size, 0)
  if (bytes.length !== 4 + length + 4 * total)
    throw fail(`it has ${bytes.length} bytes for ${parameters} parameters`)
  let at = 4 + length
  const next = (size: number): Float32Array => {
    const vector = Float32Array.from({ length: size }, (_, i) => view.getFloat32(at + 4 * i, true))
    at += 4 * size
    return vector
  }
  const [own, best] = [next(parameters), next(parameters)]
  return {
    ...rest,
    parameters: own,
    best,
    optimiser: Object.fromEntries(names.map((name, i) => [name, next(sizes[i]!)])),
  }
}
