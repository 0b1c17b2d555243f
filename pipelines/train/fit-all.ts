/** All fits of a run, so many at a time, in threads that share the data. The first that fails ends the others and is named. */
import { availableParallelism } from 'node:os'
import { errorOf, QuorumError } from '../../core/errors.ts'
import { createWorkerPool } from '../../core/worker-pool.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import { runFit, type Fitted } from './fit.ts'
import type { FitTask } from './fit-task.ts'
import { fitsProgress } from './fits-progress.ts'

export interface NamedFit {
  readonly model: string
  readonly task: FitTask
}

/** Results in the order of `fits`, whatever order they end in. @throws the first failure, led by its model's name. */
export async function fitAll(
  platform: Platform,
  fits: readonly NamedFit[],
  context: JobContext,
  { stage, fresh }: { readonly stage: string; readonly fresh: boolean },
): Promise<Fitted[]> {
  const workers = platform.config.training.workers ?? availableParallelism()
  const pool = createWorkerPool({ size: Math.min(workers, fits.length) })
  const cancel = new AbortController()
  const signal = AbortSignal.any([context.signal, cancel.signal])
  const progress = fitsProgress({
    stage,
    models: fits.map(({ model }) => model),
    clock: platform.clock,
    report: context.report,
  })
  let failure: unknown
  const run = async ({ model, task }: NamedFit): Promise<Fitted> => {
    try {
      return await runFit(platform, task, { model, pool, context, signal, progress, fresh })
    } catch (error) {
      if (!cancel.signal.aborted) failure = fits.length > 1 ? errorOf(model, error) : error
      cancel.abort(new QuorumError('CANCELLED', { what: `The training of ${stage}` }))
      throw error
    }
  }
  try {
    const outcomes = await Promise.allSettled(fits.map(run))
    return outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') return outcome.value
      throw context.signal.aborted
        ? new QuorumError('CANCELLED', { what: `The training of ${stage}` })
        : failure
    })
  } finally {
    await pool.close()
  }
}
