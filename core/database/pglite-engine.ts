/**
 * PGlite as an engine: one connection, so leases are handed out in the order they were asked for, the owner's own and those
 * of other processes from the one queue. PGlite never calls fsync: what is committed survives a killed process, not a power
 * failure.
 */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, type PGliteOptions, type Results } from '@electric-sql/pglite'
import type { Clock } from '../clock.ts'
import { QuorumError } from '../errors.ts'
import {
  defaultLeaseIdleMs,
  type SqlEngine,
  type SqlLease,
  type SqlResult,
  type SqlRow,
} from './engine.ts'
import { leaseExpired, sqlErrorOf } from './sql-error.ts'
import { encodeValues, parsers, sessionSettings } from './values.ts'

/** PostgreSQL major version inside the pinned PGlite; a folder of another one does not open. */
export const embeddedMajorVersion = 18

/** How long `close` lets a transaction under way finish. */
const closeGraceMs = 5_000

export interface PGliteEngineOptions {
  /** Folder of the database files; absent: in memory. */
  readonly folder?: string
  readonly clock: Clock
  readonly leaseIdleMs?: number
  /** Tar of a data folder to start a memory database from, which is quicker than creating one. */
  readonly template?: Blob
}

/** The caller must hold the folder's lock (`folder-lock.ts`): PGlite has none. */
export async function openPGliteEngine(options: PGliteEngineOptions): Promise<SqlEngine> {
  const { folder, clock, leaseIdleMs = defaultLeaseIdleMs, template } = options
  const target = folder ?? 'in memory'
  if (folder !== undefined) await prepareFolder(folder)
  try {
    const pglite = await createPGlite({
      dataDir: folder ?? 'memory://',
      ...(template ? { loadDataDir: template } : {}),
    })
    await pglite.exec(sessionSettings.join('; '))
    return new PGliteEngine(pglite, { target, folder, clock, leaseIdleMs })
  } catch (error) {
    throw unavailable(target, error)
  }
}

/** A new database appears whole: created beside its place, then renamed, so that a kill in between leaves nothing half-made. */
async function prepareFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) {
    const fresh = `${folder}.new`
    await rm(fresh, { recursive: true, force: true })
    try {
      const pglite = await createPGlite({ dataDir: fresh })
      await pglite.close()
    } catch (error) {
      throw unavailable(folder, error)
    }
    await rename(fresh, folder)
  }
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => 'none')).trim()
  if (version !== String(embeddedMajorVersion)) {
    throw new QuorumError('CONFLICT', {
      reason: `The database in ${folder} has the format of PostgreSQL ${version}, this version reads ${embeddedMajorVersion}. Move it with the version that wrote it, or choose another folder with --data.`,
    })
  }
}

async function createPGlite(options: PGliteOptions): Promise<PGlite> {
  return PGlite.create({ ...options, parsers, serializers: { 17: (text: string) => text } })
}

class PGliteEngine implements SqlEngine {
  readonly kind = 'pglite'
  readonly mode: 'owner' | 'memory'
  readonly #pglite: PGlite
  readonly #target: string
  readonly #clock: Clock
  readonly #leaseIdleMs: number
  #tail: Promise<void> = Promise.resolve()
  #out: PGliteLease | undefined
  #closing: Promise<void> | undefined

  constructor(
    pglite: PGlite,
    options: { target: string; folder: string | undefined; clock: Clock; leaseIdleMs: number },
  ) {
    this.#pglite = pglite
    this.#target = options.target
    this.mode = options.folder === undefined ? 'memory' : 'owner'
    this.#clock = options.clock
    this.#leaseIdleMs = options.leaseIdleMs
  }

  async acquire(): Promise<SqlLease> {
    this.#refuseClosed()
    const turn = this.#tail
    let done = (): void => undefined
    this.#tail = new Promise((resolve) => (done = resolve))
    await turn
    try {
      this.#refuseClosed()
    } catch (error) {
      done()
      throw error
    }
    this.#out = new PGliteLease(this.#pglite, {
      target: this.#target,
      clock: this.#clock,
      idleMs: this.#leaseIdleMs,
      done,
    })
    return this.#out
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Those who wait get their refusal; the lease that is out may finish for a while and is rolled back then. */
  async #close(): Promise<void> {
    const finished = new AbortController()
    const end = this.#tail.finally(() => finished.abort())
    await this.#clock.sleep(closeGraceMs, finished.signal).then(
      () => this.#out?.expire(),
      () => undefined,
    )
    await end
    await this.#pglite.close()
  }

  #refuseClosed(): void {
    if (this.#closing) throw unavailable(this.#target, 'it is being closed')
  }
}

class PGliteLease implements SqlLease {
  readonly #pglite: PGlite
  readonly #options: { target: string; clock: Clock; idleMs: number; done: () => void }
  readonly #watch = new AbortController()
  #running = 0
  #idleSince: number
  #last: Promise<unknown> = Promise.resolve()
  #released: Promise<void> | undefined
  #expired = false

  constructor(
    pglite: PGlite,
    options: { target: string; clock: Clock; idleMs: number; done: () => void },
  ) {
    this.#pglite = pglite
    this.#options = options
    this.#idleSince = options.clock.now()
    void this.#expireWhenIdle()
  }

  execute(text: string, values: readonly unknown[] = []): Promise<SqlResult> {
    if (this.#expired) return Promise.reject(leaseExpired(this.#options.idleMs))
    if (this.#released) {
      return Promise.reject(
        new QuorumError('INTERNAL', {
          reason: 'A statement ran on a connection already given back.',
        }),
      )
    }
    this.#running++
    const result = this.#last
      .then(() => this.#execute(text, values))
      .finally(() => {
        this.#running--
        this.#idleSince = this.#options.clock.now()
      })
    this.#last = result.catch(() => undefined)
    return result
  }

  release(): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  /** Takes the connection away from a user who still holds it. */
  async expire(): Promise<void> {
    if (this.#released) return
    this.#expired = true
    await this.release()
  }

  async #execute(text: string, values: readonly unknown[]): Promise<SqlResult> {
    try {
      if (values.length > 0) {
        return resultOf([await this.#pglite.query<SqlRow>(text, encodeValues(values))])
      }
      return resultOf(await this.#pglite.exec(text))
    } catch (error) {
      throw (
        sqlErrorOf(error) ??
        (error instanceof QuorumError ? error : unavailable(this.#options.target, error))
      )
    }
  }

  async #release(): Promise<void> {
    this.#watch.abort()
    try {
      await this.#last
      if (!this.#pglite.closed && this.#pglite.isInTransaction())
        await this.#pglite.exec('rollback')
    } finally {
      this.#options.done()
    }
  }

  async #expireWhenIdle(): Promise<void> {
    const { clock, idleMs } = this.#options
    try {
      let wait = idleMs
      while (true) {
        await clock.sleep(wait, this.#watch.signal)
        // After a long block of this thread the timer fires before statements that have already arrived: let them in first.
        await new Promise((resolve) => setImmediate(resolve))
        const idle = this.#running > 0 ? 0 : clock.now() - this.#idleSince
        if (idle >= idleMs) break
        wait = idleMs - idle
      }
    } catch {
      return // released
    }
    await this.expire()
  }
}

function resultOf(results: readonly Results<SqlRow>[]): SqlResult {
  const result = results.findLast(({ fields }) => fields.length > 0) ?? results.at(-1)
  return {
    rows: result?.rows ?? [],
    command: result?.command,
    affectedRows: result?.affectedRows ?? 0,
  }
}

function unavailable(target: string, error: unknown): QuorumError {
  const reason = error instanceof Error ? error.message : String(error)
  return new QuorumError('DATABASE_UNAVAILABLE', { target, reason }, { cause: error })
}
