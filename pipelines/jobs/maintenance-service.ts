/**
 * Housekeeping of the process that owns the state: outcomes mature, and on the embedded database, which has no autovacuum of
 * its own, the tables that are rewritten every second are vacuumed.
 */
import { pause } from '../../core/clock.ts'
import type { Platform } from '../platform.ts'
import { matureAll } from '../mature.ts'

const intervalMs = 60_000
/** Rows of these are updated at every moment, heartbeat or job. */
const hotTables = ['sessions', 'runs', 'record_head', 'pgboss.job', 'checkpoints']

export class MaintenanceService {
  readonly #platform: Platform
  readonly #abort = new AbortController()
  #looping: Promise<void> | undefined

  constructor(platform: Platform) {
    this.#platform = platform
  }

  start(): void {
    this.#looping ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('maintenance stops'))
    await this.#looping
  }

  async #loop(): Promise<void> {
    const { clock, log, database } = this.#platform
    const { signal } = this.#abort
    while (await pause(clock, intervalMs, signal)) {
      try {
        await matureAll(this.#platform, signal)
        if (database.kind === 'pglite' && database.mode === 'owner') {
          for (const table of hotTables) await database.executeSql(`vacuum ${table}`)
        }
      } catch (error) {
        log.warn({ err: error }, 'maintenance failed; trying again in a minute')
      }
    }
  }
}
