/**
 * The execution service: resumes every running session of mode `service` and works its moments at the session's pace. One
 * loop a session; a loop reports and never throws, and a session that fails says why in its row.
 */
import { asQuorumError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { Session, type SessionServices } from './session.ts'
import { Sessions, type LatestMoment } from './sessions.ts'

/** How often new sessions are looked for. */
const pollIntervalMs = 1_000

export interface ExecutionServiceOptions {
  readonly services: SessionServices
  readonly log: Log
  readonly onMoment?: (sessionId: string, latest: LatestMoment) => void
}

export class ExecutionService {
  readonly #options: ExecutionServiceOptions
  readonly #loops = new Map<string, Promise<void>>()
  #abort: AbortController | undefined
  #polling: Promise<void> | undefined

  constructor(options: ExecutionServiceOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#polling = this.#poll(this.#abort.signal)
  }

  /** Ends after the moments in work; safe to call twice. */
  async stop(): Promise<void> {
    this.#abort?.abort(new Error('the execution service stops'))
    await this.#polling
    await Promise.all(this.#loops.values())
    this.#abort = undefined
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { services, log } = this.#options
    const sessions = new Sessions(services.database, services.clock)
    while (!signal.aborted) {
      try {
        const abandoned = await sessions.stopAbandoned()
        if (abandoned.length > 0) log.warn({ sessions: abandoned }, 'sessions lost their command')
        for (const row of await sessions.list()) {
          if (row.state !== 'running' || row.mode !== 'service' || this.#loops.has(row.id)) continue
          const loop = this.#run(row.id, signal).finally(() => this.#loops.delete(row.id))
          this.#loops.set(row.id, loop)
        }
      } catch (error) {
        log.error({ err: error }, 'looking for sessions failed; trying again')
      }
      await services.clock.sleep(pollIntervalMs, signal).catch(() => undefined)
    }
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const { services, log, onMoment } = this.#options
    let session: Session | undefined
    try {
      const row = await new Sessions(services.database, services.clock).get(id)
      session = await Session.resume(services, row)
      const { paceMs } = session.spec.source
      log.info({ session: id, name: row.spec.name }, 'session runs')
      while (!signal.aborted) {
        if ((await session.takeCommands()) === 'stop') {
          await session.end('stopped', 'on command')
          return
        }
        const latest = await session.advance()
        if (latest === undefined) {
          await session.end('finished', 'the source has no more bars')
          return
        }
        onMoment?.(id, latest)
        await services.clock.sleep(paceMs, signal).catch(() => undefined)
      }
    } catch (thrown) {
      const error = asQuorumError(thrown)
      log.error({ session: id, err: error }, 'session failed')
      // A database that is away is no fault of the session: it stays running and is resumed once the database is back.
      if (error.code === 'DATABASE_UNAVAILABLE') return
      await session?.end('failed', error.message).catch(() => undefined)
    } finally {
      await session?.dispose()
    }
  }
}
