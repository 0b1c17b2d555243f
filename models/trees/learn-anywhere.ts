/** Where a fit is done: in the calling thread, or in a worker where that keeps the main thread free. */
import { isMainThread } from 'node:worker_threads'
import { runInWorker } from '../../core/workers.ts'
import type { Checkpoint, FitContext, FitProgress } from '../kind.ts'
import { learn, type Learned, type LearnTask } from './learner.ts'

/** Rows × features from which a fit in the main thread moves to a thread of its own. */
const offloadCells = 1_000_000

/** The event loop of a server or a notebook stays free: there, a fit of more than a moment runs in a worker. */
export async function learnAnywhere(
  task: LearnTask,
  context: Pick<FitContext, 'signal' | 'onProgress' | 'checkpoint'>,
): Promise<Learned> {
  const { signal, checkpoint } = context
  const onProgress: FitContext['onProgress'] = (progress) => context.onProgress(progress)
  if (!isMainThread || task.rows.length * task.features.length < offloadCells)
    return learn(task, { signal, onProgress, checkpoint })
  return runInWorker<Learned, FitProgress>(
    'models/trees/learn-worker',
    { task, checkpoints: checkpoint !== undefined },
    {
      signal,
      onProgress,
      onCall: (name, value) => callCheckpoint(checkpoint!, name, value),
    },
  )
}

async function callCheckpoint(
  checkpoint: Checkpoint,
  name: string,
  value: unknown,
): Promise<unknown> {
  if (name === 'load') return checkpoint.load()
  if (checkpoint.due()) await checkpoint.save(value as Uint8Array)
  return undefined
}
