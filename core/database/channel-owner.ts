/**
 * The owner's end of the channel: executes the statements of other processes on leases of the one engine. A process that
 * goes away, however it does, loses its leases, which rolls back what they had open.
 */
import type { Socket } from 'node:net'
import { QuorumError } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  encodeError,
  OwnerMovedError,
  protocolVersion,
  readFrames,
  sendFrame,
  type ClientMessage,
} from './channel.ts'
import type { SqlEngine, SqlLease } from './engine.ts'

export interface ChannelOwner {
  /** Serves one other process. */
  accept(socket: Socket): void
  /** Opens no lease any more: what other processes ask for from now on they ask of the next owner. */
  drain(): void
  /** Hangs up. */
  close(): void
}

interface Serving {
  readonly engine: Promise<SqlEngine>
  readonly log: Log
  readonly draining: () => boolean
}

/** `engine` may still be opening: statements wait for it. */
export function serveChannel(options: { engine: Promise<SqlEngine>; log: Log }): ChannelOwner {
  const peers = new Set<Socket>()
  let draining = false
  const serving = { ...options, draining: () => draining }
  return {
    accept(socket) {
      if (draining) {
        socket.destroy()
        return
      }
      peers.add(socket)
      socket.on('close', () => peers.delete(socket))
      servePeer(socket, serving)
    },
    drain() {
      draining = true
      for (const socket of peers) sendFrame(socket, { type: 'closing' })
    },
    close() {
      for (const socket of peers) socket.end()
    },
  }
}

/** A lease of the other process, opened by its first statement. */
interface PeerLease {
  readonly lease: Promise<SqlLease>
  readonly end: () => void
}

function servePeer(socket: Socket, { engine, log, draining }: Serving): void {
  const leases = new Map<number, PeerLease>()

  const open = (id: number): PeerLease => {
    const lease = engine
      .then((open) => open.acquire())
      .catch((error: unknown) => {
        // It waited for its turn when the engine closed.
        throw draining() ? new OwnerMovedError() : error
      })
    const end = (): void => {
      leases.delete(id)
      lease
        .then((held) => held.release())
        .catch((error: unknown) =>
          log.debug({ err: error }, 'a lease of another process ended badly'),
        )
    }
    const entry = { lease, end }
    leases.set(id, entry)
    return entry
  }

  const run = async (message: ClientMessage & { type: 'run' }): Promise<void> => {
    const { id, text, values } = message
    try {
      if (draining() && !leases.has(message.lease)) throw new OwnerMovedError()
      const entry = leases.get(message.lease) ?? open(message.lease)
      const lease = await entry.lease
      // Gone while waiting for its turn: what it asked for then must not happen.
      if (leases.get(message.lease) !== entry) return
      const result = await lease.execute(text, values)
      sendFrame(socket, { type: 'result', id, result })
    } catch (error) {
      sendFrame(socket, { type: 'error', id, error: encodeError(error) })
    }
  }

  let pid: number | undefined
  readFrames(socket, (received) => {
    const message = received as ClientMessage
    if (message.type === 'hello') {
      pid = message.pid
      sendFrame(socket, { type: 'hello', protocol: protocolVersion, pid: process.pid })
      if (message.protocol !== protocolVersion) socket.end()
    } else if (pid === undefined) {
      socket.destroy(
        new QuorumError('INTERNAL', { reason: 'a statement before hello on the owner channel' }),
      )
    } else if (message.type === 'ping') sendFrame(socket, { type: 'pong' })
    else if (message.type === 'end') leases.get(message.lease)?.end()
    else void run(message)
  })
  socket.on('error', (error) =>
    log.debug({ pid, reason: error.message }, 'the connection of another process broke'),
  )
  socket.on('close', () => {
    if (leases.size > 0)
      log.info(
        { pid, leases: leases.size },
        'another process went away; its transaction is rolled back',
      )
    for (const entry of [...leases.values()]) entry.end()
  })
}
