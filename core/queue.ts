/**
 * The job queue: pg-boss on whichever database the platform has. It only carries work; what a run is, how often it was tried
 * and whether it still may write is for the caller's own rows to say. A job is delivered at least once.
 */
import { randomUUID } from 'node:crypto'
import { CompiledQuery } from 'kysely'
import PgBoss from 'pg-boss'
import type { Json } from './canonical-json.ts'
import { check, checkInteger, unknownName } from './checks.ts'
import type { Clock } from './clock.ts'
import type { AnyDatabase, AnyTransaction, Database } from './database/index.ts'
import { QuorumError } from './errors.ts'
import type { Log } from './log.ts'
import { QueueWorker, type JobData, type JobHandler } from './queue-worker.ts'

export type { JobHandler } from './queue-worker.ts'

export interface QueueDefinition {
  readonly name: string
  /** Deliveries after the first; a job beyond them is failed for good. Default 2. */
  readonly retryLimit?: number
  /** Pause before a delivery after the first, doubled each time. Default 1. */
  readonly retryDelaySeconds?: number
}

export interface QueueOptions {
  readonly database: AnyDatabase
  readonly clock: Clock
  readonly log: Log
  /** Every queue that is sent to or worked on. */
  readonly queues: readonly QueueDefinition[]
  /** How long a job of a worker that died stays taken; running jobs extend it. Default 30. */
  readonly expireSeconds?: number
  /** How often expired jobs are freed and old ones archived, by processes that are no clients. Default 5. */
  readonly maintenanceSeconds?: number
}

export interface SendOptions {
  /** Enqueue in this transaction: the job exists if it commits. */
  readonly trx?: AnyTransaction
  /** While a job of the same key waits, another is dropped. Running jobs do not count. */
  readonly singletonKey?: string
  readonly startAfterMs?: number
}

export interface WorkOptions {
  /** Jobs at a time, default 1. */
  readonly concurrency?: number
  /** Pause between looks at an empty queue, default 1000. Jobs sent in this process are seen at once. */
  readonly pollIntervalMs?: number
}

export interface Queue {
  start(): Promise<void>
  /** Takes no more jobs, waits for the running ones up to `drainMs` (default 30 s), then aborts them. */
  stop(options?: { drainMs?: number }): Promise<void>
  /** Returns the job's id, or undefined where the singleton key dropped it. */
  send(queue: string, payload: Json, options?: SendOptions): Promise<string | undefined>
  work(queue: string, options: WorkOptions, handler: JobHandler): void
  /** Jobs that wait, those that start later included. */
  waiting(queue: string): Promise<number>
}

export function openQueue(options: QueueOptions): Queue {
  return new BossQueue(options)
}

class BossQueue implements Queue {
  readonly #options: QueueOptions
  readonly #database: Database
  readonly #boss: PgBoss
  readonly #workers = new Map<string, QueueWorker>()
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #started = false

  constructor(options: QueueOptions) {
    this.#options = options
    this.#database = options.database
    const { maintenanceSeconds = 5, expireSeconds = 30 } = options
    checkInteger('expireSeconds', expireSeconds, { min: 1 })
    this.#boss = new PgBoss({
      db: { executeSql: (text, values) => this.#database.executeSql(text, values) },
      // Schedules are the registry's own rows.
      schedule: false,
      // A client leaves the house-keeping to the owner.
      supervise: this.#database.mode !== 'client',
      maintenanceIntervalSeconds: maintenanceSeconds,
      expireInSeconds: expireSeconds,
      archiveCompletedAfterSeconds: 12 * 3600,
      deleteAfterDays: 7,
    })
    this.#boss.on('error', (error) => options.log.warn({ err: error }, 'queue maintenance failed'))
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined
      throw error
    })
    return this.#starting
  }

  stop({ drainMs = 30_000 }: { drainMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(drainMs)
    return this.#stopping
  }

  async send(queue: string, payload: Json, options: SendOptions = {}): Promise<string | undefined> {
    this.#checkQueue(queue)
    if (!this.#started)
      throw new QuorumError('INTERNAL', { reason: 'send() before the queue was started' })
    const { trx, singletonKey = randomUUID(), startAfterMs = 0 } = options
    check(startAfterMs >= 0, 'startAfterMs', '≥ 0', startAfterMs)
    const id = await this.#boss.send(queue, { payload } satisfies JobData, {
      singletonKey,
      ...(startAfterMs > 0 ? { startAfter: (startAfterMs / 1000).toFixed(3) } : {}),
      ...(trx ? { db: { executeSql: (text, values) => executeIn(trx, text, values) } } : {}),
    })
    // In a transaction this looks too early; the poll finds the job then.
    this.#workers.get(queue)?.wake()
    return id ?? undefined
  }

  work(queue: string, options: WorkOptions, handler: JobHandler): void {
    this.#checkQueue(queue)
    check(!this.#workers.has(queue), 'queue', 'worked on once in a process', queue)
    const { concurrency = 1, pollIntervalMs = 1_000 } = options
    checkInteger('concurrency', concurrency, { min: 1 })
    const { clock, log, expireSeconds = 30 } = this.#options
    const worker = new QueueWorker({
      ...{ boss: this.#boss, database: this.#database, clock, log },
      ...{ queue, concurrency, pollIntervalMs, expireSeconds, handler },
    })
    this.#workers.set(queue, worker)
    if (this.#started) worker.start()
  }

  async waiting(queue: string): Promise<number> {
    this.#checkQueue(queue)
    return this.#boss.getQueueSize(queue, { before: 'active' })
  }

  async #start(): Promise<void> {
    if (this.#stopping)
      throw new QuorumError('INTERNAL', { reason: 'start() after the queue was stopped' })
    await this.#boss.start()
    const existing = new Set((await this.#boss.getQueues()).map(({ name }) => name))
    for (const { name, retryLimit = 2, retryDelaySeconds = 1 } of this.#options.queues) {
      const definition: PgBoss.Queue = {
        name,
        retryLimit,
        retryDelay: retryDelaySeconds,
        retryBackoff: retryDelaySeconds > 0,
        // One waiting job a singleton key; a job without one gets a key of its own.
        policy: 'short',
      }
      if (existing.has(name)) await this.#boss.updateQueue(name, definition)
      else await this.#boss.createQueue(name, definition)
    }
    this.#started = true
    for (const worker of this.#workers.values()) worker.start()
  }

  async #stop(drainMs: number): Promise<void> {
    await this.#starting?.catch(() => undefined)
    if (!this.#started) return
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(drainMs)))
    this.#started = false
    await this.#boss.stop({ graceful: false, close: false })
  }

  #checkQueue(queue: string): void {
    const names = this.#options.queues.map(({ name }) => name)
    if (!names.includes(queue)) throw unknownName('queue', queue, names)
  }
}

async function executeIn(
  trx: AnyTransaction,
  text: string,
  values: readonly unknown[],
): Promise<{ rows: unknown[] }> {
  const { rows } = await trx.executeQuery(CompiledQuery.raw(text, [...values]))
  return { rows }
}
