/** What the main thread and a worker thread say to each other, and how errors keep their code and cause on the way. */
import type { Transferable } from 'node:worker_threads'
import { QuorumError, type ErrorCode, type ErrorDetails } from './errors.ts'

export type ToWorker =
  | { readonly type: 'run'; readonly payload: unknown; readonly flags: SharedArrayBuffer }
  | { readonly type: 'cancel' }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: WireError }

export type FromWorker =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly value: unknown }

/** Shared flags, for a thread that computes reads no messages: the main thread sets them, the worker looks. */
export const cancelFlag = 0
export const stopFlag = 1

export interface WireError {
  readonly message: string
  readonly stack: string | undefined
  readonly name: string
  readonly code: ErrorCode | undefined
  readonly details: ErrorDetails | undefined
  readonly cause: WireError | undefined
}

/** Causes beyond this depth are dropped; chains are short, unless they are cyclic. */
const deepestCause = 4

export function encodeError(error: unknown, depth = 0): WireError {
  if (!(error instanceof Error))
    return { ...encodeError(new Error(String(error))), stack: undefined }
  const { message, stack, name, cause } = error
  const known = error instanceof QuorumError ? error : undefined
  return {
    ...{ message, stack, name, code: known?.code, details: known?.details },
    cause:
      cause === undefined || depth === deepestCause ? undefined : encodeError(cause, depth + 1),
  }
}

export function decodeError(wire: WireError): Error {
  const options = wire.cause ? { cause: decodeError(wire.cause) } : {}
  const error = wire.code
    ? new QuorumError(wire.code, wire.details ?? {}, options)
    : new Error(wire.message, options)
  if (!wire.code) error.name = wire.name
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

/** A value together with the buffers in it that change their thread instead of being copied. */
export class Transferred<T> {
  readonly value: T
  readonly buffers: readonly Transferable[]

  constructor(value: T, buffers: readonly Transferable[]) {
    this.value = value
    this.buffers = buffers
  }
}

/** Marks a result or a call's value: `buffers` move, and the sender can use them no more. */
export function withTransfer<T>(value: T, buffers: readonly Transferable[]): T {
  // The receiver gets `value`; the wrapper never leaves the thread.
  return new Transferred(value, buffers) as unknown as T
}

export function unwrap(value: unknown): { value: unknown; buffers: readonly Transferable[] } {
  return value instanceof Transferred ? value : { value, buffers: [] }
}
