/** Result of an experiment: what both arms did on the same bars, and what that says about the difference. */
import { confidenceInterval } from '../../models/index.ts'
import type { SessionRow } from '../session/sessions.ts'
import { newArmStatistics, performance, type ArmPerformance } from '../session/statistics.ts'
import { decide, type Decision } from './decision.ts'

export interface ExperimentArm extends ArmPerformance {
  readonly arm: string
  readonly model: string
  readonly version: number
}

export interface ExperimentResult {
  readonly id: string
  readonly state: SessionRow['state']
  readonly bars: number
  readonly arms: readonly ExperimentArm[]
  /** Challenger − champion, mean net return a bar; null bounds until there are enough bars. */
  readonly difference: {
    readonly mean: number
    readonly lower: number | null
    readonly upper: number | null
  }
  readonly decision: Decision
  readonly reason: string
  readonly inSample: boolean
  readonly profile: string
  readonly costs: { readonly commissionBps: number; readonly slippageBps: number }
  readonly alpha: number
}

export function experimentResult(session: SessionRow): ExperimentResult {
  const { spec, snapshot } = session
  const { alpha } = spec.comparison
  const moments = snapshot?.difference ?? { n: 0, mean: 0, squares: 0 }
  const { mean, lower, upper } = confidenceInterval({ alpha })(moments)
  return {
    id: session.id,
    state: session.state,
    bars: snapshot?.bars ?? 0,
    arms: spec.arms.map(({ arm, model, version }) => ({
      arm,
      model,
      version,
      ...performance(snapshot?.arms[arm]?.statistics ?? newArmStatistics(spec.initialCash)),
    })),
    difference: { mean, lower, upper },
    ...decide({ n: moments.n, mean, lower, upper }, spec.comparison),
    inSample: session.inSample,
    profile: spec.profile.name,
    costs: spec.costs,
    alpha,
  }
}
