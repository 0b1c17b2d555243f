/**
 * Risk profiles: named limits, stated in every result and pinned by every session. A limit clips a sized order where it can
 * and refuses it otherwise.
 */
import { unknownName } from '../core/checks.ts'

export interface RiskProfile {
  readonly name: string
  /** Share of equity lost when the stop is hit. */
  readonly riskPerTrade: number
  /** Distance of the stop, in average true ranges (14 bars). */
  readonly stopRanges: number
  /** Distance of the target, in stop distances; null = no target. */
  readonly rewardRisk: number | null
  /** Largest value of one position, as a share of equity. */
  readonly maxPositionShare: number
  /** Largest sum of absolute position values, as a share of equity. */
  readonly maxLeverage: number
  /** Null = no limit. */
  readonly maxOpenPositions: number | null
  /** No new entries once equity is this share below its peak. */
  readonly maxDrawdown: number
  readonly allowShort: boolean
}

export const riskProfiles: readonly RiskProfile[] = [
  {
    name: 'research',
    riskPerTrade: 0.02,
    stopRanges: 3,
    rewardRisk: null,
    maxPositionShare: 1,
    maxLeverage: 1,
    maxOpenPositions: null,
    maxDrawdown: 1,
    allowShort: false,
  },
  {
    name: 'paper',
    riskPerTrade: 0.01,
    stopRanges: 3,
    rewardRisk: null,
    maxPositionShare: 0.2,
    maxLeverage: 1,
    maxOpenPositions: 20,
    maxDrawdown: 0.25,
    allowShort: false,
  },
]

export function findRiskProfile(name: string): RiskProfile {
  const profile = riskProfiles.find((candidate) => candidate.name === name)
  if (profile === undefined)
    throw unknownName(
      'risk profile',
      name,
      riskProfiles.map((p) => p.name),
    )
  return profile
}
