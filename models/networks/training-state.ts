/**
 * All that training carries from one run to the next, and its bytes: a JSON header (its length first, 4 bytes little-endian), then the
 * vectors as little-endian float32. Resuming from it gives the bits of a fit that was never interrupted.
 */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { QuorumError } from '../../core/errors.ts'

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
  bestEpoch: z.int(),
  /** Null before the first validation. */
  bestLoss: z.number().nullable(),
  finished: z.boolean(),
})

export interface TrainingState extends z.infer<typeof header> {
  parameters: Float32Array
  m: Float32Array
  v: Float32Array
  best: Float32Array
}

export function initialState(fit: string, parameters: Float32Array): TrainingState {
  return {
    fit,
    epoch: 0,
    batch: 0,
    lossSum: 0,
    step: 0,
    bestEpoch: -1,
    bestLoss: null,
    finished: false,
    parameters,
    m: new Float32Array(parameters.length),
    v: new Float32Array(parameters.length),
    best: parameters,
  }
}

export function encodeState({ parameters, m, v, best, ...rest }: TrainingState): Uint8Array {
  const text = new TextEncoder().encode(canonicalJson(rest))
  const body = new Uint8Array(4 + text.length + 16 * parameters.length)
  const view = new DataView(body.buffer)
  view.setUint32(0, text.length, true)
  body.set(text, 4)
  let at = 4 + text.length
  for (const vector of [parameters, m, v, best]) {
    for (const value of vector) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return body
}

/** @throws INTEGRITY for bytes of another form, or of another fit. */
export function decodeState(bytes: Uint8Array, fit: string, size: number): TrainingState {
  const fail = (reason: string, cause?: unknown): QuorumError =>
    new QuorumError('INTEGRITY', { subject: 'the checkpoint', reason }, { cause })
  if (bytes.length < 4) throw fail(`it has ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true)
  if (bytes.length !== 4 + length + 16 * size)
    throw fail(`it has ${bytes.length} bytes for ${size} parameters`)
  let rest
  try {
    rest = header.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))))
  } catch (error) {
    throw fail('its header is unreadable', error)
  }
  if (rest.fit !== fit) throw fail('it belongs to another fit: other data, parameters or seed')
  const vector = (index: number): Float32Array =>
    Float32Array.from({ length: size }, (_, i) =>
      view.getFloat32(4 + length + 4 * (index * size + i), true),
    )
  return { ...rest, parameters: vector(0), m: vector(1), v: vector(2), best: vector(3) }
}
