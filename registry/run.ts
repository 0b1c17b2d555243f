/** Run: one piece of work, as a row. The queue only carries ids; state, progress and result are read here. */
import type { ErrorCode, ErrorDetails } from '../core/errors.ts'

export const runKinds = ['train', 'ingest', 'experiment', 'mature'] as const
export type RunKind = (typeof runKinds)[number]

/** `queued` work is carried by the queue and retried; `inline` work belongs to one command and dies with it. */
export type RunMode = 'queued' | 'inline'

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type RunState = (typeof runStates)[number]

export interface RunError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

export interface RunProgress {
  readonly stage: string
  readonly done: number
  readonly total: number
  readonly unit?: string
  readonly detail?: string
  /** Of a single fit. */
  readonly trainLoss?: number
  readonly validationLoss?: number
  /** Training rows a second, of all fits at work. */
  readonly rowsPerSecond?: number
  /** At the pace measured so far; fits that stop early need less. */
  readonly secondsLeft?: number
  /** Where a run has several fits: each of those at work. */
  readonly fits?: readonly FitState[]
}

export interface FitState {
  readonly name: string
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly trainLoss?: number
  readonly validationLoss?: number
}

export interface Run {
  readonly id: string
  readonly kind: RunKind
  readonly mode: RunMode
  readonly model: string | null
  readonly state: RunState
  readonly payload: unknown
  readonly owner: string | null
  readonly attempt: number
  readonly heartbeatAt: number | null
  readonly progress: RunProgress | null
  readonly cancelRequested: boolean
  readonly result: unknown
  readonly error: RunError | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** A claimed run: what a worker holds while it works. Every commit checks `attempt`. */
export interface Claim {
  readonly run: Run
  readonly owner: string
  readonly attempt: number
}
