/** Executes one claimed run: heartbeat while it works, cancellation, and the end of the run when it throws. */
import { pause } from '../../core/clock.ts'
import { asQuorumError, QuorumError } from '../../core/errors.ts'
import {
  heartbeatIntervalMs,
  type Claim,
  type RunKind,
  type RunProgress,
} from '../../registry/index.ts'
import type { Platform } from '../platform.ts'
import { inlineOwner, isGone } from './inline-owner.ts'
import { jobHandlers } from './handlers.ts'

export interface ExecuteOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: RunProgress) => void
  /** Default: the log. */
  readonly onNote?: (line: string) => void
}

/**
 * Runs the handler of a claimed run. A throw ends the run as failed (or cancelled) and is thrown on.
 * When `signal` asks a queued run to stop, it goes back to the queue instead.
 */
export async function executeRun(
  platform: Platform,
  claim: Claim,
  { signal, onProgress, onNote }: ExecuteOptions,
): Promise<unknown> {
  const { registry, log, clock } = platform
  const { runs } = registry
  const cancel = new AbortController()
  const stopBeating = new AbortController()
  let latest: RunProgress | undefined
  const beat = async (): Promise<void> => {
    while (await pause(clock, heartbeatIntervalMs, stopBeating.signal)) {
      const progress = latest
      latest = undefined
      const answer = await runs.heartbeat(claim, progress).catch((error: unknown) => {
        log.warn({ run: claim.run.id, err: error }, 'heartbeat failed')
        return 'continue' as const
      })
      if (answer === 'cancel')
        cancel.abort(new QuorumError('CANCELLED', { what: `Run ${claim.run.id}` }))
      if (answer === 'lost') {
        const details = { run: claim.run.id, current: claim.attempt + 1, attempt: claim.attempt }
        cancel.abort(new QuorumError('STALE_ATTEMPT', details))
      }
    }
  }
  const beating = beat()
  try {
    const handler = jobHandlers[claim.run.kind]
    return await handler(platform, claim.run.payload, {
      claim,
      signal: AbortSignal.any([signal, cancel.signal]),
      report(progress) {
        latest = progress
        onProgress?.(progress)
      },
      note: onNote ?? ((line) => log.info({ run: claim.run.id }, line)),
    })
  } catch (thrown) {
    const error = cancel.signal.aborted ? (cancel.signal.reason as Error) : thrown
    if (signal.aborted && !cancel.signal.aborted && claim.run.mode === 'queued')
      await runs.release(claim)
    else
      await runs.fail(
        claim,
        signal.aborted
          ? new QuorumError('CANCELLED', { what: `Run ${claim.run.id}` }, { cause: error })
          : error,
      )
    throw asQuorumError(error)
  } finally {
    stopBeating.abort()
    await beating
  }
}

/** Creates a run, works it off in this process and answers its result. */
export async function runInline(
  platform: Platform,
  kind: RunKind,
  payload: unknown,
  { model = null, ...options }: ExecuteOptions & { model?: string | null },
): Promise<unknown> {
  const { runs } = platform.registry
  await runs.failAbandoned(isGone)
  const id = await runs.create(kind, payload, { model, mode: 'inline' })
  const claim = await runs.claim(id, inlineOwner())
  if (claim === undefined)
    throw new QuorumError('CONFLICT', { reason: `Run ${id} was cancelled before it began.` })
  return executeRun(platform, claim, options)
}
