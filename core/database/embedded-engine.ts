/**
 * The embedded database of a data folder, from whichever process: its owner executes statements itself, any other process
 * sends them to the owner and never notices. When the owner goes, the next transaction goes to the next owner, which may be
 * this process.
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock } from '../clock.ts'
import { QuorumError } from '../errors.ts'
import type { Log } from '../log.ts'
import { OwnerMovedError } from './channel.ts'
import { openChannelClient, type ChannelClient } from './channel-client.ts'
import { serveChannel, type ChannelOwner } from './channel-owner.ts'
import type { DatabaseMode, SqlEngine, SqlLease, SqlResult } from './engine.ts'
import { claimFolder, unwritable, type FolderClaim, type FolderLock } from './folder-lock.ts'
import { openPGliteEngine } from './pglite-engine.ts'

/**
 * `owner`: hold the folder or fail; `client`: use the process that holds it or fail; `auto`: hold it if nobody does. A
 * service that others depend on is `owner`, a long-running helper `client`, a command `auto`.
 */
export type DatabaseRole = 'owner' | 'client' | 'auto'

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly role: DatabaseRole
  readonly clock: Clock
  readonly log: Log
  /** How long `owner` waits for a short-lived command to let go of the folder. */
  readonly ownerWaitMs?: number
  /** Silence after which an owner counts as stuck. */
  readonly ownerTimeoutMs?: number
  readonly leaseIdleMs?: number
}

export async function openEmbeddedEngine(options: EmbeddedOptions): Promise<SqlEngine> {
  const engine = new EmbeddedEngine({ ...options, dataDir: resolve(options.dataDir) })
  await engine.elect()
  return engine
}

const retryMs = 50

class EmbeddedEngine implements SqlEngine {
  readonly kind = 'pglite'
  readonly #options: EmbeddedOptions
  readonly #ownerTimeoutMs: number
  #owned: OwnedEngine | undefined
  #client: ChannelClient | undefined
  #electing: Promise<SqlEngine> | undefined
  #closing: Promise<void> | undefined

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.#ownerTimeoutMs = options.ownerTimeoutMs ?? 15_000
  }

  get mode(): DatabaseMode {
    return this.#owned ? 'owner' : 'client'
  }

  async acquire(): Promise<SqlLease> {
    return this.#owned ? this.#owned.acquire() : new MovingLease(this)
  }

  /** The engine to use now; concurrent callers share one election. */
  async elect(): Promise<SqlEngine> {
    const current = this.#owned ?? this.#client
    if (current && !(current === this.#client && this.#client.closed)) return current
    this.#electing ??= this.#elect().finally(() => (this.#electing = undefined))
    return this.#electing
  }

  /** Lets an owner that is closing finish, for a moment. */
  pause(): Promise<void> {
    return this.#options.clock.sleep(retryMs)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#electing?.catch(() => undefined)
    await this.#owned?.close()
    await this.#client?.close()
  }

  async #elect(): Promise<SqlEngine> {
    const { dataDir, role, clock, ownerWaitMs = 5_000 } = this.#options
    if (role !== 'client') {
      await mkdir(dataDir, { recursive: true }).catch((error: unknown) => {
        throw unwritable(dataDir, error)
      })
    }
    const patienceMs = role === 'owner' ? ownerWaitMs : this.#ownerTimeoutMs
    const started = clock.now()
    while (true) {
      if (this.#closing) throw this.#unavailable('it is being closed')
      const attempt = await this.#claim()
      if ('engine' in attempt) return attempt.engine
      if (clock.now() - started >= patienceMs) {
        throw role === 'owner'
          ? this.#held(attempt.pid)
          : this.#unavailable(`its owner, process ${attempt.pid}, keeps hanging up`)
      }
      await this.pause()
    }
  }

  /** One try: an engine, or the process in the way where it is worth another. */
  async #claim(): Promise<{ engine: SqlEngine } | { pid: number }> {
    const { dataDir, role, log } = this.#options
    const opening = openLater<SqlEngine>()
    const channel = serveChannel({ engine: opening.value, log })
    const claim = await claimFolder(dataDir, {
      mayOwn: role !== 'client',
      onConnection: (socket) => channel.accept(socket),
    })
    if (!claim) throw this.#unavailable('no process holds it; start one with quorum up')
    if (claim.as === 'client') return this.#join(claim)
    try {
      const engine = await openPGliteEngine({ ...this.#options, folder: join(dataDir, 'database') })
      opening.resolve(engine)
      this.#owned = new OwnedEngine({ engine, channel, lock: claim.lock })
      this.#client = undefined
      return { engine: this.#owned }
    } catch (error) {
      opening.reject(error as Error)
      channel.close()
      await claim.lock.release()
      throw error
    }
  }

  async #join({
    socket,
    pid,
  }: FolderClaim & { as: 'client' }): Promise<{ engine: SqlEngine } | { pid: number }> {
    const { dataDir, role, clock } = this.#options
    if (role === 'owner') {
      socket.destroy()
      return { pid }
    }
    try {
      const ownerTimeoutMs = this.#ownerTimeoutMs
      this.#client = await openChannelClient({ socket, dataDir, pid, clock, ownerTimeoutMs })
      return { engine: this.#client }
    } catch (error) {
      socket.destroy()
      // Hung up before it said hello: it is closing.
      if (error instanceof QuorumError && error.code === 'DATABASE_UNAVAILABLE') return { pid }
      throw error
    }
  }

  #unavailable(reason: string): QuorumError {
    return new QuorumError('DATABASE_UNAVAILABLE', { target: this.#options.dataDir, reason })
  }

  #held(pid: number): QuorumError {
    return new QuorumError('CONFLICT', {
      reason: `The data folder ${this.#options.dataDir} is held by process ${pid}. End that process, or choose another folder with --data.`,
    })
  }
}

class OwnedEngine implements SqlEngine {
  readonly kind = 'pglite'
  readonly mode = 'owner'
  readonly #engine: SqlEngine
  readonly #channel: ChannelOwner
  readonly #lock: FolderLock

  constructor(parts: { engine: SqlEngine; channel: ChannelOwner; lock: FolderLock }) {
    this.#engine = parts.engine
    this.#channel = parts.channel
    this.#lock = parts.lock
  }

  acquire(): Promise<SqlLease> {
    return this.#engine.acquire()
  }

  /** The files are closed before the lock is, so that the next owner finds them at rest. */
  async close(): Promise<void> {
    this.#channel.drain()
    await this.#engine.close()
    this.#channel.close()
    await this.#lock.release()
  }
}

/** A lease that settles on an owner with its first statement. */
class MovingLease implements SqlLease {
  readonly #engine: EmbeddedEngine
  #lease: Promise<SqlLease> | undefined
  #first: Promise<SqlResult> | undefined
  #released = false

  constructor(engine: EmbeddedEngine) {
    this.#engine = engine
  }

  async execute(text: string, values: readonly unknown[] = []): Promise<SqlResult> {
    if (this.#released) {
      throw new QuorumError('INTERNAL', {
        reason: 'A statement ran on a connection already given back.',
      })
    }
    if (this.#first) {
      await this.#first.catch(() => undefined)
      return (await this.#lease!).execute(text, values)
    }
    this.#first = this.#begin(text, values)
    return this.#first
  }

  async release(): Promise<void> {
    this.#released = true
    await this.#first?.catch(() => undefined)
    const lease = await this.#lease?.catch(() => undefined)
    await lease?.release()
  }

  async #begin(text: string, values: readonly unknown[]): Promise<SqlResult> {
    for (let attempt = 1; ; attempt++) {
      this.#lease = this.#engine.elect().then((engine) => engine.acquire())
      const lease = await this.#lease
      try {
        return await lease.execute(text, values)
      } catch (error) {
        await lease.release()
        const again = error instanceof OwnerMovedError || isLostBegin(text, error)
        if (!again || attempt === mostOwners) throw asUnavailable(error)
        await this.#engine.pause()
      }
    }
  }
}

/** Owners that a first statement is offered to, one after the other. */
const mostOwners = 10

/** A transaction that had not begun has done nothing, so it may begin again with the next owner. */
function isLostBegin(text: string, error: unknown): boolean {
  const isBegin = /^\s*begin\b[^;]*$/i.test(text)
  return isBegin && error instanceof QuorumError && error.code === 'DATABASE_UNAVAILABLE'
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof OwnerMovedError)) return error
  return new QuorumError('DATABASE_UNAVAILABLE', {
    target: 'of the data folder',
    reason: error.message,
  })
}

interface Later<T> {
  readonly value: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function openLater<T>(): Later<T> {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const value = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  value.catch(() => undefined) // whoever waits for it hears of it; perhaps nobody does
  return { value, resolve, reject }
}
