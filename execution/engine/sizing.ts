/**
 * Fixed-risk sizing: units = (account × risk share) / (entry − stop), so that a stopped trade loses the same share of the
 * account whatever the instrument's volatility. Then the profile's limits clip it.
 */
import type { RiskProfile } from '../risk-profile.ts'

export interface SizingInput {
  readonly equity: number
  readonly entry: number
  readonly stop: number
  readonly fractional: boolean
  /** Absolute value of all other positions. */
  readonly otherExposure: number
  readonly openPositions: number
  /** Equity over its peak, less 1; ≤ 0. */
  readonly drawdown: number
}

export interface LimitHit {
  readonly limit: keyof RiskProfile
  readonly action: 'clipped' | 'refused'
  readonly detail: string
}

export interface Sized {
  readonly units: number
  readonly limits: readonly LimitHit[]
}

export function sizePosition(input: SizingInput, profile: RiskProfile): Sized {
  const refused = refusal(input, profile)
  if (refused !== undefined) return { units: 0, limits: [refused] }
  const limits: LimitHit[] = []
  const { equity, entry, stop, otherExposure } = input
  let units = (equity * profile.riskPerTrade) / Math.abs(entry - stop)
  const clip = (limit: 'maxPositionShare' | 'maxLeverage', room: number): void => {
    const allowed = Math.max(0, room) / entry
    if (units <= allowed) return
    limits.push({
      limit,
      action: 'clipped',
      detail: `${units.toFixed(4)} units to ${allowed.toFixed(4)}`,
    })
    units = allowed
  }
  clip('maxPositionShare', profile.maxPositionShare * equity)
  clip('maxLeverage', profile.maxLeverage * equity - otherExposure)
  return { units: input.fractional ? units : Math.floor(units), limits }
}

function refusal(input: SizingInput, profile: RiskProfile): LimitHit | undefined {
  if (!(input.entry > 0) || !(Math.abs(input.entry - input.stop) > 0)) {
    return {
      limit: 'stopRanges',
      action: 'refused',
      detail: `no stop distance from entry ${input.entry} and stop ${input.stop}`,
    }
  }
  if (profile.maxOpenPositions !== null && input.openPositions >= profile.maxOpenPositions) {
    return {
      limit: 'maxOpenPositions',
      action: 'refused',
      detail: `${input.openPositions} positions are open`,
    }
  }
  if (-input.drawdown >= profile.maxDrawdown) {
    return {
      limit: 'maxDrawdown',
      action: 'refused',
      detail: `equity is ${(-100 * input.drawdown).toFixed(1)} % below its peak`,
    }
  }
  return undefined
}
