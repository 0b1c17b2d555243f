/**
 * The worker service: takes runs from the queue and executes them; watches for runs whose worker went silent and puts them
 * back. On the embedded database the owner is the only host of queued work, so at its start every such run is lost for sure.
 */
import { hostname } from 'node:os'
import { pause } from '../../core/clock.ts'
import { asQuorumError } from '../../core/errors.ts'
import { runQueue } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'
import { executeRun } from './executor.ts'

const watchIntervalMs = 5_000

export class WorkerService {
  readonly #platform: Platform
  readonly #owner: string
  readonly #concurrency: number
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #watching: Promise<void> | undefined

  constructor(platform: Platform, { concurrency }: { concurrency: number }) {
    this.#platform = platform
    this.#concurrency = concurrency
    this.#owner = `${hostname()}:${process.pid}`
  }

  async start(): Promise<void> {
    if (this.#watching !== undefined) return
    const { queue, database } = this.#platform
    await queue.start()
    await this.#requeue(database.kind === 'pglite' && database.mode === 'owner')
    queue.work(
      runQueue,
      {
        concurrency: this.#concurrency,
        pollIntervalMs: this.#platform.config.worker.pollIntervalMs,
      },
      (payload) => this.#take(payload),
    )
    this.#watching = this.#watch()
  }

  /** Running work goes back to the queue; the next worker goes on from its checkpoints. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the worker stops'))
    await this.#watching
    await Promise.all(this.#running)
  }

  async #take(payload: unknown): Promise<void> {
    const { run } = payload as { run: string }
    const { registry, log } = this.#platform
    if (this.#abort.signal.aborted) return
    const claim = await registry.runs.claim(run, this.#owner)
    if (claim === undefined) return
    const { kind, model } = claim.run
    log.info({ run, kind, model, attempt: claim.attempt }, 'run begins')
    const work = executeRun(this.#platform, claim, { signal: this.#abort.signal }).then(
      () => log.info({ run, kind, model }, 'run succeeded'),
      (thrown: unknown) => {
        const { code, message } = asQuorumError(thrown)
        log.error({ run, kind, model, code, reason: message }, 'run ended without success')
      },
    )
    this.#running.add(work)
    await work.finally(() => this.#running.delete(work))
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#platform
    const { signal } = this.#abort
    while (await pause(clock, watchIntervalMs, signal)) {
      await this.#requeue(false).catch((error: unknown) => {
        log.warn({ err: error }, 'looking for lost runs failed; trying again')
      })
    }
  }

  async #requeue(everyRunning: boolean): Promise<void> {
    const { registry, queue, log } = this.#platform
    const { requeued, failed } = await registry.runs.requeueLost({ everyRunning })
    for (const run of requeued) await queue.send(runQueue, { run })
    if (requeued.length + failed.length > 0)
      log.warn({ requeued, failed }, 'runs lost their worker')
  }
}
