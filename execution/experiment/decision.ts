/**
 * Decision of a paired comparison, valid at every look: the interval comes from a confidence sequence over the difference
 * (challenger − champion, mean net return a bar), so that watching it and stopping when it speaks keeps the error rate.
 */
import type { Interval } from '../../models/index.ts'

export const decisions = ['undecided', 'keep', 'promote', 'futility', 'harm'] as const
export type Decision = (typeof decisions)[number]

export interface DecisionRule {
  /** Difference a bar below which the challenger is not worth a move. */
  readonly minimumEffect: number
  readonly minimumBars: number
}

/**
 * | where the whole interval lies | decision |
 * |---|---|
 * | above 0 | promote |
 * | below −minimumEffect | harm |
 * | below 0 | keep |
 * | below minimumEffect | futility |
 * | anywhere else, or before `minimumBars` | undecided |
 */
export function decide(
  { n, mean, lower, upper }: Interval,
  { minimumEffect, minimumBars }: DecisionRule,
): { decision: Decision; reason: string } {
  const bps = (x: number): string => `${(10_000 * x).toFixed(2)} bp`
  if (lower === null || upper === null || n < minimumBars) {
    return { decision: 'undecided', reason: `${n} bars seen, ${minimumBars} are the least` }
  }
  const where = `difference ${bps(mean)} a bar, interval ${bps(lower)} to ${bps(upper)} over ${n} bars`
  if (lower > 0) return { decision: 'promote', reason: `the challenger earns more: ${where}` }
  if (upper < -minimumEffect)
    return { decision: 'harm', reason: `the challenger loses against the champion: ${where}` }
  if (upper < 0) return { decision: 'keep', reason: `the champion earns more: ${where}` }
  if (upper < minimumEffect) {
    return {
      decision: 'futility',
      reason: `the challenger cannot be better by ${bps(minimumEffect)}: ${where}`,
    }
  }
  return { decision: 'undecided', reason: `the interval holds both signs: ${where}` }
}
