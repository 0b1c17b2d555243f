/**
 * The other processes' end of the channel: an engine whose leases live in the owner. A lease costs nothing until its first
 * statement and ends with one message that needs no answer, so a single statement is one round trip.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { QuorumError } from '../errors.ts'
import {
  decodeError,
  OwnerMovedError,
  protocolVersion,
  readFrames,
  sendFrame,
  type OwnerMessage,
} from './channel.ts'
import type { SqlEngine, SqlLease, SqlResult } from './engine.ts'
import { encodeValues } from './values.ts'

export interface ChannelClientOptions {
  readonly socket: Socket
  readonly dataDir: string
  readonly pid: number
  readonly clock: Clock
  /** Silence of the owner after which it counts as stuck, while something is wanted of it. */
  readonly ownerTimeoutMs: number
}

/** Says hello and waits for the answer. @throws FOLDER_BUSY if there is none, naming the process. */
export async function openChannelClient(options: ChannelClientOptions): Promise<ChannelClient> {
  const client = new ChannelClient(options)
  await client.hello()
  return client
}

interface Pending {
  readonly resolve: (result: SqlResult) => void
  readonly reject: (error: Error) => void
}

export class ChannelClient implements SqlEngine {
  readonly kind = 'pglite'
  readonly mode = 'client'
  readonly #options: ChannelClientOptions
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #heardAt: number
  #hello: { resolve: () => void; reject: (error: Error) => void } | undefined
  #watching: AbortController | undefined
  #lost: QuorumError | undefined
  #closing = false

  constructor(options: ChannelClientOptions) {
    this.#options = options
    this.#heardAt = options.clock.now()
    const { socket } = options
    readFrames(socket, (message) => this.#receive(message as OwnerMessage))
    socket.on('error', () => undefined) // 'close' follows and tells it all
    socket.on('close', () => this.#lose(this.#gone()))
  }

  /** Whether the owner has gone or is going: the next lease must come from elsewhere. */
  get closed(): boolean {
    return this.#closing || this.#lost !== undefined
  }

  async hello(): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => (this.#hello = { resolve, reject }))
    this.#watch()
    sendFrame(this.#options.socket, { type: 'hello', protocol: protocolVersion, pid: process.pid })
    try {
      await answered
    } finally {
      this.#hello = undefined
      this.#rest()
    }
  }

  acquire(): Promise<SqlLease> {
    return Promise.resolve(new ChannelLease(this, this.#nextId++))
  }

  run(
    lease: number,
    text: string,
    options: { values: readonly unknown[]; first: boolean },
  ): Promise<SqlResult> {
    const { values, first } = options
    if (first && this.closed) return Promise.reject(new OwnerMovedError())
    if (this.#lost) return Promise.reject(this.#lost)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#watch()
      sendFrame(this.#options.socket, {
        type: 'run',
        id,
        lease,
        text,
        values: encodeValues(values),
      })
    })
  }

  end(lease: number): void {
    sendFrame(this.#options.socket, { type: 'end', lease })
  }

  close(): Promise<void> {
    this.#closing = true
    const { socket } = this.#options
    if (socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      socket.once('close', () => resolve())
      socket.ref()
      socket.destroySoon()
    })
  }

  #receive(message: OwnerMessage): void {
    this.#heardAt = this.#options.clock.now()
    if (message.type === 'hello') {
      if (message.protocol === protocolVersion) this.#hello?.resolve()
      else this.#hello?.reject(this.#otherVersion())
    } else if (message.type === 'closing') this.#closing = true
    else if (message.type !== 'pong') {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      this.#rest()
      if (message.type === 'result') pending?.resolve(message.result)
      else pending?.reject(decodeError(message.error))
    }
  }

  /** While an answer is due, the owner must show that it is alive. An idle connection does not keep this process running. */
  #watch(): void {
    if (this.#watching) return
    this.#watching = new AbortController()
    this.#heardAt = this.#options.clock.now()
    this.#options.socket.ref()
    void this.#expectLife(this.#watching.signal)
  }

  #rest(): void {
    if (this.#pending.size > 0 || this.#hello) return
    this.#watching?.abort()
    this.#watching = undefined
    this.#options.socket.unref()
  }

  async #expectLife(signal: AbortSignal): Promise<void> {
    const { clock, ownerTimeoutMs, socket, dataDir, pid } = this.#options
    try {
      while (true) {
        await clock.sleep(ownerTimeoutMs / 4, signal)
        // After a long block of this thread, answers that have arrived are read first.
        await new Promise((resolve) => setImmediate(resolve))
        if (clock.now() - this.#heardAt >= ownerTimeoutMs) break
        sendFrame(socket, { type: 'ping' })
      }
    } catch {
      return // nothing is due any more
    }
    this.#lose(new QuorumError('FOLDER_BUSY', { path: dataDir, pid }))
    socket.destroy()
  }

  #lose(error: QuorumError): void {
    this.#lost ??= error
    this.#hello?.reject(this.#lost)
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(this.#lost)
    this.#hello = undefined
    this.#rest()
  }

  #gone(): QuorumError {
    const { dataDir, pid } = this.#options
    return new QuorumError('DATABASE_UNAVAILABLE', {
      target: dataDir,
      reason: `its owner, process ${pid}, went away; what was not committed is rolled back, and whether a commit under way took place is not known`,
    })
  }

  #otherVersion(): QuorumError {
    const { dataDir, pid } = this.#options
    return new QuorumError('CONFLICT', {
      reason: `The data folder ${dataDir} is held by process ${pid} of another version of Quorum. End that process or use the same version.`,
    })
  }
}

class ChannelLease implements SqlLease {
  readonly #client: ChannelClient
  readonly #id: number
  #used = false
  #released = false

  constructor(client: ChannelClient, id: number) {
    this.#client = client
    this.#id = id
  }

  execute(text: string, values: readonly unknown[] = []): Promise<SqlResult> {
    if (this.#released) {
      return Promise.reject(
        new QuorumError('INTERNAL', {
          reason: 'A statement ran on a connection already given back.',
        }),
      )
    }
    const first = !this.#used
    this.#used = true
    return this.#client.run(this.#id, text, { values, first })
  }

  release(): Promise<void> {
    if (this.#used && !this.#released) this.#client.end(this.#id)
    this.#released = true
    return Promise.resolve()
  }
}
