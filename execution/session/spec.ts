/** Session: what a paper run pins when it starts, so that nothing that happens later can change what it meant. */
import type { MemberReference } from '../../models/index.ts'
import type { Costs } from '../broker/costs.ts'
import type { RiskProfile } from '../risk-profile.ts'

export interface ArmSpec {
  /** `champion`, `challenger`, or any name. */
  readonly arm: string
  readonly model: string
  readonly version: number
  readonly artifact: string
  readonly members: readonly MemberReference[]
}

/** Where bars come from; `options` belong to the source. */
export interface SourceSpec {
  readonly type: 'replay' | 'simulate'
  readonly options: Readonly<Record<string, unknown>>
  /** Pause between moments; 0 = as fast as it goes. */
  readonly paceMs: number
}

export interface SessionSpec {
  readonly name: string
  readonly arms: readonly ArmSpec[]
  readonly symbols: readonly string[]
  readonly timeframe: string
  readonly source: SourceSpec
  readonly profile: RiskProfile
  readonly costs: Costs
  readonly initialCash: number
  readonly allowInSample: boolean
  /** Error rate of the paired comparison, and the difference a bar that would matter. */
  readonly comparison: {
    readonly alpha: number
    readonly minimumEffect: number
    readonly minimumBars: number
  }
}

export const sessionStates = ['running', 'stopped', 'finished', 'failed'] as const
export type SessionState = (typeof sessionStates)[number]
/** `service`: resumed by the execution service; `inline`: belongs to the command that started it. */
export type SessionMode = 'service' | 'inline'
