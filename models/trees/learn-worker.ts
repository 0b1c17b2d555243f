/** Worker entry: a fit that moved off the main thread. */
import { readyThreads, receive, type HandedOver } from '../../core/idle-threads.ts'
import { serveWorker } from '../../core/workers.ts'
import { helperModule } from './growth/helper.ts'
import type { LearnTask } from './learner.ts'

// Loading it takes as long as helpers take to start: both at once.
const learner = import('./learner.ts')

/** Between two checkpoints that are offered to the caller. */
const offerMs = 1_000

/** Helpers to start while the caller still makes the task ready; then the task. */
export type LearnPayload =
  | { readonly helpers: number }
  | {
      readonly task: Omit<LearnTask, 'X'>
      readonly X: HandedOver<Float32Array>
      readonly checkpoints: boolean
    }

serveWorker(async (payload: LearnPayload, { signal, report, call }) => {
  if ('helpers' in payload) {
    readyThreads(helperModule, payload.helpers)
    return undefined
  }
  const { checkpoints } = payload
  const task = { ...payload.task, X: receive('X', payload.X) }
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
  const { learn } = await learner
  return learn(task, {
    signal,
    onProgress: report,
    ...(checkpoints ? { checkpoint } : {}),
  })
})
