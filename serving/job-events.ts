/**
 * Job events: while somebody listens to /ws, what changed in runs is published as `{ type: 'job', id, state, progress, … }`. Runs are
 * worked off by any process, so the registry is asked; it holds the progress that workers write once a second.
 */
import { pause } from '../core/clock.ts'
import type { Run } from '../registry/index.ts'
import type { ServingContext } from './context.ts'
import type { EventHub } from './web-socket.ts'

const intervalMs = 1_000
/** Newest runs that are looked at beside those at work, to see how they ended. */
const newestRuns = 20

export class JobEvents {
  readonly #context: Pick<ServingContext, 'registry' | 'clock' | 'log'>
  readonly #hub: EventHub
  readonly #abort = new AbortController()
  /** What was said of each run last; undefined while nobody listens. */
  #said: ReadonlyMap<string, string> | undefined
  #looping: Promise<void> | undefined

  constructor(context: Pick<ServingContext, 'registry' | 'clock' | 'log'>, hub: EventHub) {
    this.#context = context
    this.#hub = hub
  }

  start(): void {
    this.#looping ??= this.#loop()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('job events stop'))
    await this.#looping
  }

  async #loop(): Promise<void> {
    const { clock, log } = this.#context
    while (await pause(clock, intervalMs, this.#abort.signal)) {
      await this.#tick().catch((error: unknown) => {
        log.warn({ err: error }, 'job events could not be read; trying again')
      })
    }
  }

  async #tick(): Promise<void> {
    if (this.#hub.listeners() === 0) {
      this.#said = undefined
      return
    }
    const { runs } = this.#context.registry
    const seen = [
      ...(await runs.list({ limit: newestRuns })),
      ...(await runs.list({ state: 'running' })),
    ]
    const events = new Map(seen.map((run) => [run.id, jobEvent(run)]))
    const said = new Map([...events].map(([id, event]) => [id, JSON.stringify(event)]))
    for (const [id, event] of events) {
      // Whoever begins to listen hears of what is at work, not of what ended long ago.
      const news =
        this.#said === undefined ? event.endedAt === null : this.#said.get(id) !== said.get(id)
      if (news) this.#hub.publish(event)
    }
    this.#said = said
  }
}

function jobEvent({ id, kind, model, state, attempt, progress, error, endedAt }: Run) {
  return { type: 'job', id, kind, model, state, attempt, progress, error, endedAt } as const
}
