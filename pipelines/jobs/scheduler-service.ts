/** The scheduler: at every tick (once a minute unless configured otherwise), what has become due is enqueued, once. */
import { pause } from '../../core/clock.ts'
import type { Platform } from '../platform.ts'

export class SchedulerService {
  readonly #platform: Platform
  readonly #abort = new AbortController()
  #ticking: Promise<void> | undefined

  constructor(platform: Platform) {
    this.#platform = platform
  }

  start(): void {
    this.#ticking ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the scheduler stops'))
    await this.#ticking
  }

  /** Enqueues what is due now; answers how many runs. A model whose last scheduled run still waits or works is not doubled. */
  async tick(): Promise<number> {
    const platform = this.#platform
    const { schedules, runs } = platform.registry
    await platform.queue.start()
    const active = new Set<string>()
    for (const { model } of await schedules.list())
      if (await runs.isActive('train', model)) active.add(model)
    return schedules.tick(async (trx, { id, model }) => {
      if (active.has(model)) {
        platform.log.warn({ schedule: id, model }, 'skipped: the model is still being trained')
        return
      }
      const payload = { retrain: model, author: `schedule:${id}` }
      const run = await platform.registry.enqueue('train', payload, { model, trx })
      platform.log.info({ schedule: id, model, run }, 'scheduled retrain enqueued')
    })
  }

  async #loop(): Promise<void> {
    const { clock, log, config } = this.#platform
    const tickMs = config.scheduler.tickSeconds * 1_000
    const { signal } = this.#abort
    do {
      await this.tick().catch((error: unknown) => {
        log.error({ err: error }, 'a scheduler tick failed; trying again at the next')
      })
    } while (await pause(clock, tickMs - (clock.now() % tickMs), signal))
  }
}
