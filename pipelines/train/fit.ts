/** Runs one fit in a worker and passes on its progress and checkpoints. */
import { QuorumError } from '../../core/errors.ts'
import { runInWorker } from '../../core/workers.ts'
import type { FitProgress } from '../../models/index.ts'
import { runCheckpoint } from '../../registry/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import type { FitResult, FitTask } from './fit-task.ts'

export interface FitRequest extends Omit<FitTask, 'threads' | 'checkpoints'> {
  /** Distinguishes the fits of one run. */
  readonly checkpointName: string
  readonly context: JobContext
  readonly stage: string
}

export async function fitModel(
  { registry, clock }: Platform,
  { checkpointName, context, stage, ...task }: FitRequest,
): Promise<FitResult> {
  const { claim } = context
  // Only queued runs are retried; an inline command that dies starts over.
  const checkpoints = claim.run.mode === 'queued'
  const checkpoint = runCheckpoint(
    { database: registry.database, runs: registry.runs, clock },
    claim,
    checkpointName,
  )
  return runInWorker<FitResult>(
    'pipelines/train/fit-worker',
    { ...task, threads: 1, checkpoints } satisfies FitTask,
    {
      signal: context.signal,
      onProgress(progress) {
        const { done, total, unit, trainLoss, validationLoss } = progress as FitProgress
        const losses = [
          trainLoss === undefined ? undefined : `loss ${trainLoss.toPrecision(4)}`,
          validationLoss === undefined ? undefined : `validation ${validationLoss.toPrecision(4)}`,
        ].filter((part) => part !== undefined)
        context.report({
          stage,
          done,
          total,
          unit,
          ...(losses.length > 0 ? { detail: losses.join(', ') } : {}),
        })
        return undefined
      },
      async onCall(name, value) {
        if (name === 'load') return checkpoint.load()
        if (name === 'save') return checkpoint.save(value as Uint8Array)
        throw new QuorumError('INTERNAL', { reason: `the fit worker asked for ${name}` })
      },
    },
  )
}
