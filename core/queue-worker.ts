/**
 * One worker of one queue: a loop that takes jobs while it has free slots, and a heartbeat that keeps the jobs it runs from
 * expiring. pg-boss's own loop cannot extend a job, so a long one would have to wait for hours after a crash; here a job of a
 * killed worker is free again within `expireSeconds` plus the maintenance interval.
 */
import type PgBoss from 'pg-boss'
import type { Json } from './canonical-json.ts'
import type { Clock } from './clock.ts'
import type { Database } from './database/index.ts'
import { asQuorumError, QuorumError } from './errors.ts'
import type { Log } from './log.ts'

/** Resolves: the job is done. Rejects: it is tried again, while its retry limit lasts. */
export type JobHandler = (payload: Json, signal: AbortSignal) => Promise<void>

export interface QueueWorkerOptions {
  readonly boss: PgBoss
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly queue: string
  readonly concurrency: number
  readonly pollIntervalMs: number
  readonly expireSeconds: number
  readonly handler: JobHandler
}

/** What travels in a job's data column: pg-boss takes objects only. */
export interface JobData {
  readonly payload: Json
}

interface RunningJob {
  readonly id: string
  readonly attempt: number
  readonly abort: AbortController
  readonly done: Promise<void>
}

export class QueueWorker {
  readonly #options: QueueWorkerOptions
  /** A set, not by id: a job that expired under this worker may come back to it while the first run goes on. */
  readonly #running = new Set<RunningJob>()
  readonly #stopping = new AbortController()
  readonly #ended = new AbortController()
  #loops: Promise<unknown> | undefined
  #wake: () => void = () => undefined
  #unwell = false

  constructor(options: QueueWorkerOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running.size
  }

  start(): void {
    this.#loops ??= Promise.all([this.#fetchLoop(), this.#heartbeatLoop()])
  }

  /** Looks for jobs now instead of at the next poll. */
  wake(): void {
    this.#wake()
  }

  /** Takes no more jobs, lets the running ones finish for `drainMs`, then aborts them; an aborted job is tried again. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    const { clock, queue } = this.#options
    const drained = new AbortController()
    const settled = Promise.all([...this.#running].map(({ done }) => done)).finally(() =>
      drained.abort(),
    )
    await clock.sleep(drainMs, drained.signal).then(
      () => {
        const reason = new QuorumError('CANCELLED', { what: `The job of ${queue}` })
        for (const { abort } of this.#running) abort.abort(reason)
      },
      () => undefined,
    )
    await settled
    this.#ended.abort()
    await this.#loops
  }

  async #fetchLoop(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      const free = this.#options.concurrency - this.#running.size
      const taken = free > 0 ? await this.#take(free) : 0
      // A full batch says that more may wait; otherwise rest until the poll, a wake-up or a free slot.
      if (taken === free && taken > 0) continue
      await this.#options.clock
        .sleep(this.#options.pollIntervalMs, woken.signal)
        .catch(() => undefined)
    }
  }

  async #take(count: number): Promise<number> {
    const { boss, queue } = this.#options
    const options = { batchSize: count, includeMetadata: true } as const
    const jobs = await boss.fetch<JobData>(queue, options).catch(() => [])
    // The batch itself comes in no order; the times are milliseconds here, whatever pg-boss says of them.
    const byAge = jobs.toSorted((a, b) => Number(a.createdOn) - Number(b.createdOn))
    for (const job of byAge) this.#run(job)
    return jobs.length
  }

  #run(job: PgBoss.JobWithMetadata<JobData>): void {
    const abort = new AbortController()
    const done = this.#handle(job, abort.signal)
    const running = { id: job.id, attempt: job.retryCount, abort, done }
    this.#running.add(running)
    void done.then(() => {
      this.#running.delete(running)
      this.#wake()
    })
  }

  async #handle(job: PgBoss.JobWithMetadata<JobData>, signal: AbortSignal): Promise<void> {
    const { boss, queue, handler, log } = this.#options
    try {
      // The sender's expiry counts until here, this worker's from now on.
      if (!(await this.#extend(job.id, job.retryCount))) return
      let failure: QuorumError | undefined
      try {
        await handler(job.data.payload, signal)
      } catch (error) {
        failure = asQuorumError(error)
        log.warn({ queue, job: job.id, attempt: job.retryCount, err: error }, 'a job failed')
      }
      // A job that expired belongs to another worker now; it is not this one's to end.
      if (!(await this.#extend(job.id, job.retryCount))) return
      if (failure) await boss.fail(queue, job.id, { code: failure.code, message: failure.message })
      else await boss.complete(queue, job.id)
    } catch (error) {
      // Left active, it expires and is tried again.
      log.warn({ queue, job: job.id, err: error }, 'the end of a job could not be written')
    }
  }

  async #heartbeatLoop(): Promise<void> {
    const { clock, expireSeconds, log, queue } = this.#options
    const { signal } = this.#ended
    while (true) {
      await clock.sleep((expireSeconds * 1000) / 3, signal).catch(() => undefined)
      if (signal.aborted) return
      for (const job of [...this.#running]) {
        try {
          const held = await this.#extend(job.id, job.attempt)
          this.#unwell = false
          if (!held && this.#running.has(job)) {
            const reason = `The job ${job.id} of ${queue} expired and belongs to another worker.`
            job.abort.abort(new QuorumError('CONFLICT', { reason }))
          }
        } catch (error) {
          if (!this.#unwell)
            log.warn({ queue, err: error }, 'the heartbeat of a job could not be written')
          this.#unwell = true
        }
      }
    }
  }

  /** Pushes the job's expiry away from now; false where it is no longer this worker's. */
  async #extend(id: string, attempt: number): Promise<boolean> {
    const { rows } = await this.#options.database.executeSql(
      `update pgboss.job set expire_in = now() - started_on + $4 * interval '1 s'
       where name = $1 and id = $2 and state = 'active' and retry_count = $3 returning id`,
      [this.#options.queue, id, attempt, this.#options.expireSeconds],
    )
    return rows.length > 0
  }
}
