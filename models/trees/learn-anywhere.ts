/** Where a fit is done: in the calling thread, or in a worker where that keeps the main thread free. */
import { isMainThread } from 'node:worker_threads'
import { handOver, keepThread, takeThread } from '../../core/idle-threads.ts'
import type { Checkpoint, FitContext, FitProgress } from '../kind.ts'
import { compileKernels } from './kernels/kernels.ts'
import type { LearnPayload } from './learn-worker.ts'
import { learn, usefulThreads, type Learned, type LearnTask } from './learner.ts'

/** Rows × features from which a fit in the main thread moves to a thread of its own. */
const offloadCells = 1_000_000

export interface Learner {
  readonly learn: (
    task: LearnTask,
    context: Pick<FitContext, 'signal' | 'onProgress' | 'checkpoint'>,
  ) => Promise<Learned>
  /** Lets its threads go. */
  readonly close: () => void
}

/**
 * The event loop of a server or a notebook stays free: there, a fit of more than a moment runs in a worker. Its threads start while the caller still
 * checks its data and makes the task ready.
 */
export function openLearner({
  rows,
  trainRows,
  features,
  threads,
}: {
  readonly rows: number
  readonly trainRows: number
  readonly features: number
  readonly threads: number
}): Learner {
  if (!isMainThread || rows * features < offloadCells)
    return { learn: learnHere, close: () => undefined }
  const thread = takeThread('models/trees/learn-worker')
  let isFree = false
  const run = <Result>(
    payload: LearnPayload,
    options: Parameters<typeof thread.run<Result, FitProgress>>[1] = {},
  ): Promise<Result> => thread.run<Result, FitProgress>(payload, options)
  const helpers = usefulThreads(threads, trainRows, features) - 1
  const prepared = helpers > 0 ? run<undefined>({ helpers }) : Promise.resolve()
  // It is waited for where there is a task; a caller that finds a fault in its data closes before.
  prepared.catch(() => undefined)
  // What one thread compiled, and made faster since, is there for all of the process, and for the next fit.
  compileKernels()
  return {
    async learn({ X, ...task }, { signal, checkpoint, onProgress }) {
      await prepared
      const learned = await run<Learned>(
        { task, X: handOver(thread, 'X', X), checkpoints: checkpoint !== undefined },
        {
          signal,
          onProgress: (progress) => onProgress(progress),
          onCall: (name, value) => callCheckpoint(checkpoint!, name, value),
        },
      )
      isFree = true
      return learned
    },
    close() {
      if (isFree) keepThread(thread)
      else void thread.terminate()
    },
  }
}

/** As `openLearner`, for a task that is ready. */
export async function learnAnywhere(
  task: LearnTask,
  context: Pick<FitContext, 'signal' | 'onProgress' | 'checkpoint'>,
): Promise<Learned> {
  const { rows, trainRows, features, threads, params } = task
  const learner = openLearner({
    ...{ rows: rows.length, trainRows, features: features.length },
    threads: params.nthread ?? threads,
  })
  try {
    return await learner.learn(task, context)
  } finally {
    learner.close()
  }
}

const learnHere: Learner['learn'] = (task, { signal, checkpoint, onProgress }) =>
  learn(task, { signal, checkpoint, onProgress: (progress) => onProgress(progress) })

async function callCheckpoint(
  checkpoint: Checkpoint,
  name: string,
  value: unknown,
): Promise<unknown> {
  if (name === 'load') return checkpoint.load()
  if (checkpoint.due()) await checkpoint.save(value as Uint8Array)
  return undefined
}
