/** A job handler does the work of one kind of run. It reports, obeys the signal, and commits through the run's claim. */
import type { Claim, RunProgress } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'

export interface JobContext {
  readonly claim: Claim
  readonly signal: AbortSignal
  readonly report: (progress: RunProgress) => void
  /** A line for whoever started the work: what was resumed, what was left out. */
  readonly note: (line: string) => void
}

/** Must end the run itself, in the transaction that commits its work (`runs.succeed`). */
export type JobHandler = (
  platform: Platform,
  payload: unknown,
  context: JobContext,
) => Promise<unknown>
