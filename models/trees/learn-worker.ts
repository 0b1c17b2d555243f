/** Worker entry: a fit that moved off the main thread. */
import { serveWorker } from '../../core/workers.ts'
import { learn, type LearnTask } from './learner.ts'

/** Between two checkpoints that are offered to the caller. */
const offerMs = 1_000

interface Payload {
  readonly task: LearnTask
  readonly checkpoints: boolean
}

serveWorker(({ task, checkpoints }: Payload, { signal, report, call }) => {
  let saved = performance.now()
  const checkpoint = {
    load: async () => (await call('load')) as Uint8Array | undefined,
    // Whether the caller wants one is known there; here they are offered now and then.
    due: () => performance.now() - saved > offerMs,
    save: async (state: Uint8Array) => {
      saved = performance.now()
      await call('save', state)
    },
  }
  return learn(task, { signal, onProgress: report, ...(checkpoints ? { checkpoint } : {}) })
})
