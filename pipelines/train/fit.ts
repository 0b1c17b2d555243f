/**
 * One fit in a worker thread, with its checkpoints: it goes on from where an interrupted run of the very same fit stopped,
 * and starts anew, saying so, where what was left belongs to another fit or cannot be read.
 */
import { asQuorumError, QuorumError } from '../../core/errors.ts'
import type { WorkerPool } from '../../core/worker-pool.ts'
import type { FitProgress } from '../../models/index.ts'
import {
  fitCheckpoint,
  type CheckpointPosition,
  type FitCheckpoint,
  type FitTiming,
} from '../../registry/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import { fitIdentity } from './fit-identity.ts'
import type { FitResult, FitTask, SaveCall } from './fit-task.ts'
import type { FitsProgress } from './fits-progress.ts'

export interface FitOptions {
  readonly model: string
  readonly pool: WorkerPool
  readonly context: JobContext
  readonly signal: AbortSignal
  readonly progress: FitsProgress
  /** Starts anew, whatever another run left. */
  readonly fresh: boolean
}

export interface Fitted extends FitResult {
  readonly timing: FitTiming
}

export async function runFit(
  platform: Platform,
  task: FitTask,
  { model, pool, signal, progress, ...options }: FitOptions,
): Promise<Fitted> {
  const { clock } = platform
  const resume = createResume(platform, task, { model, ...options })
  let startedAt = clock.now()
  let rowsPerSecond: number | null = null
  const attempt = (): Promise<FitResult> =>
    pool.run<FitResult, FitProgress>('pipelines/train/fit-worker', task, {
      signal,
      onProgress(one) {
        rowsPerSecond = one.rowsPerSecond ?? rowsPerSecond
        progress.report(model, one)
        return undefined
      },
      async onCall(name, value) {
        if (name === 'load') return resume.load()
        if (name === 'save') return resume.save(value as SaveCall)
        if (name !== 'begin')
          throw new QuorumError('INTERNAL', { reason: `the fit worker asked for ${name}` })
        startedAt = clock.now()
        progress.begin(model)
        return undefined
      },
    })
  const result = await attempt().catch(async (thrown: unknown) => {
    if (!(await resume.discard(asQuorumError(thrown)))) throw thrown
    return attempt()
  })
  progress.end(model)
  const { seconds } = result
  return {
    ...result,
    timing: { startedAt, seconds, rowsPerSecond, resumedFrom: resume.from() },
  }
}

interface Resume {
  load(): Promise<Uint8Array | undefined>
  save(call: SaveCall): Promise<void>
  /** Drops a checkpoint that the kind refused; false where `error` is about something else. */
  discard(error: QuorumError): Promise<boolean>
  from(): CheckpointPosition | null
}

function createResume(
  { registry: { database, runs }, clock }: Platform,
  task: FitTask,
  { model, context, fresh }: Pick<FitOptions, 'model' | 'context' | 'fresh'>,
): Resume {
  let made: FitCheckpoint | undefined
  // Made when the kind first asks: naming a fit reads all of its data, and not every kind keeps checkpoints.
  const checkpoint = (): FitCheckpoint =>
    (made ??= fitCheckpoint({ database, runs, clock }, context.claim, {
      fit: fitIdentity(model, task),
      model,
    }))
  let from: CheckpointPosition | null = null
  let usable = true
  return {
    async load() {
      if (!usable) return undefined
      const saved = await checkpoint().load({ ownOnly: fresh })
      if (saved === undefined) {
        if (fresh) await checkpoint().drop()
        for (const run of await checkpoint().dropOthers())
          context.note(
            `${model}: the checkpoint that run ${run} left is of another fit (other data, parameters, seed or code); starting anew`,
          )
        return undefined
      }
      from = saved.position
      const { done, total, unit } = from
      const seconds = Math.round((clock.now() - saved.savedAt) / 1_000)
      context.note(
        `${model}: goes on at ${done} of ${total} ${unit}, from the checkpoint that run ${saved.run} saved ${seconds} s ago (--fresh starts anew)`,
      )
      return saved.state
    },
    save: ({ state, position }) => checkpoint().save(state, position),
    async discard({ code, details, message }) {
      const refused = code === 'INTEGRITY' && details['subject'] === 'the checkpoint'
      if (!refused || from === null) return false
      context.note(`${model}: ${message} Starting anew.`)
      await checkpoint().drop()
      from = null
      usable = false
      return true
    },
    from: () => from,
  }
}
