/**
 * The owner channel's wire: frames of a 4-byte big-endian length and a `v8.serialize`d message, which keeps every value
 * (Uint8Array, bigint, NaN, −0, undefined). Both ends are Quorum processes of one user on one machine; `hello` compares
 * protocol versions before anything else.
 */
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'
import { asQuorumError, QuorumError, type ErrorCode, type ErrorDetails } from '../errors.ts'
import type { SqlResult } from './engine.ts'
import { SqlError, type SqlErrorFields } from './sql-error.ts'

export const protocolVersion = 1

/** Larger than any result a page should have; a length beyond it means that the stream is not ours. */
const largestFrameBytes = 1 << 30

/** A lease opens with its first statement and ends with `end` or with the connection. */
export type ClientMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly pid: number }
  | {
      readonly type: 'run'
      readonly id: number
      readonly lease: number
      readonly text: string
      readonly values: readonly (string | null)[]
    }
  | { readonly type: 'end'; readonly lease: number }
  | { readonly type: 'ping' }

export type OwnerMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly pid: number }
  | { readonly type: 'result'; readonly id: number; readonly result: SqlResult }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'pong' }
  | { readonly type: 'closing' }

export type WireError =
  | { readonly type: 'sql'; readonly message: string; readonly fields: SqlErrorFields }
  | { readonly type: 'quorum'; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly type: 'moved' }

/** The statement was not executed because its lease never began: it may be asked of the next owner. Never leaves this layer. */
export class OwnerMovedError extends Error {
  constructor() {
    super('the owner of the data folder is closing')
    this.name = 'OwnerMovedError'
  }
}

export function sendFrame(socket: Socket, message: ClientMessage | OwnerMessage): void {
  if (!socket.writable) return
  const body = serialize(message)
  const head = Buffer.allocUnsafe(4)
  head.writeUInt32BE(body.length)
  socket.cork()
  socket.write(head)
  socket.write(body)
  socket.uncork()
}

/** Calls `onMessage` for every whole frame; a stream that is not ours is destroyed. */
export function readFrames(socket: Socket, onMessage: (message: unknown) => void): void {
  let chunks: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    let whole: Buffer | undefined
    let at = 0
    while (size - at >= 4) {
      whole ??= chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      const length = whole.readUInt32BE(at)
      if (length > largestFrameBytes) {
        socket.destroy(new Error(`a frame of ${length} bytes announced on the owner channel`))
        return
      }
      if (size - at - 4 < length) break
      let message: unknown
      try {
        message = deserialize(whole.subarray(at + 4, at + 4 + length))
      } catch (error) {
        socket.destroy(error as Error)
        return
      }
      at += 4 + length
      onMessage(message)
    }
    if (whole) {
      chunks = at < whole.length ? [whole.subarray(at)] : []
      size -= at
    }
  })
}

export function encodeError(error: unknown): WireError {
  if (error instanceof OwnerMovedError) return { type: 'moved' }
  if (error instanceof SqlError) {
    const { message, code, detail, constraint, table, column } = error
    return { type: 'sql', message, fields: { code, detail, constraint, table, column } }
  }
  const { code, details } = asQuorumError(error)
  return { type: 'quorum', code, details }
}

export function decodeError(error: WireError): Error {
  switch (error.type) {
    case 'sql':
      return new SqlError(error.message, error.fields)
    case 'quorum':
      return new QuorumError(error.code, error.details)
    case 'moved':
      return new OwnerMovedError()
  }
}
