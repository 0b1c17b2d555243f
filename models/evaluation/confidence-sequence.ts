/**
 * Asymptotic confidence sequence for a mean: intervals that hold at every n at once, so an experiment may be looked at after
 * each observation and stopped when it pleases. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
 * limit theory and asymptotic confidence sequences", Annals of Statistics 52(6), 2024 (arXiv:2103.06476).
 *
 *   mean ± √( 2 (n s ρ² + 1) / (n² ρ²) · log( √(n s ρ² + 1) / α ) ),   s = the running variance   (Robbins' normal mixture)
 *
 * `form: 'iid'` takes ρ in units of the running deviation (theorem 2.2: independent, same law). `form: 'lindeberg'` takes a fixed
 * ρ in data units (theorem 2.5: means and variances may change, dependence only through the past); the interval is then for
 * the running average of the conditional means. ρ is chosen to make the interval tightest around `optimisedAt` observations:
 * with u = n ρ² (times s), u = log((u + 1) / α²), the paper's equation for ρ in terms of Lambert's W.
 *
 * The guarantee is asymptotic: no interval is given before `minObservations`, since the running variance means nothing yet.
 */
import { check, checkInteger, checkNumber } from '../../core/checks.ts'

export interface ConfidenceSequenceOptions {
  /** Chance that any interval, at any time, misses the mean. */
  readonly alpha?: number
  /** Number of observations around which the interval is tightest. */
  readonly optimisedAt?: number
  readonly form?: 'iid' | 'lindeberg'
  /** For `lindeberg`: the deviation expected of one observation, which fixes ρ in data units. */
  readonly expectedDeviation?: number
  readonly minObservations?: number
}

export interface Interval {
  readonly n: number
  readonly mean: number
  /** Null before `minObservations`. */
  readonly lower: number | null
  readonly upper: number | null
}

export interface ConfidenceSequence {
  /** @throws INVALID_VALUE for an observation that is not finite. */
  add(observation: number): void
  interval(): Interval
}

/** Running moments of the observations: all that an interval is a function of. */
export interface RunningMoments {
  readonly n: number
  readonly mean: number
  /** Sum of squared deviations from the mean. */
  readonly squares: number
}

export function confidenceSequence(options: ConfidenceSequenceOptions = {}): ConfidenceSequence {
  const interval = confidenceInterval(options)
  let moments: RunningMoments = { n: 0, mean: 0, squares: 0 }
  return {
    add(observation) {
      checkNumber('an observation', observation)
      moments = addObservation(moments, observation)
    },
    interval: () => interval(moments),
  }
}

/** Welford's update (1962). */
export function addObservation({ n, mean, squares }: RunningMoments, x: number): RunningMoments {
  const before = x - mean
  const next = mean + before / (n + 1)
  return { n: n + 1, mean: next, squares: squares + before * (x - next) }
}

/** The interval of the sequence at given moments, for callers that keep the moments themselves. */
export function confidenceInterval({
  alpha = 0.05,
  optimisedAt = 500,
  form = 'iid',
  expectedDeviation = 1,
  minObservations = 20,
}: ConfidenceSequenceOptions = {}): (moments: RunningMoments) => Interval {
  check(alpha > 0 && alpha < 1, 'alpha', 'between 0 and 1', alpha)
  checkInteger('optimisedAt', optimisedAt, { min: 1 })
  checkInteger('minObservations', minObservations, { min: 2 })
  checkNumber('expectedDeviation', expectedDeviation)
  check(expectedDeviation > 0, 'expectedDeviation', 'positive', expectedDeviation)
  const rhoSquared =
    tightestMixture(alpha) / optimisedAt / (form === 'iid' ? 1 : expectedDeviation ** 2)
  return ({ n, mean, squares }) => {
    if (n < minObservations) return { n, mean, lower: null, upper: null }
    const variance = squares / n
    const inside = form === 'iid' ? 1 : variance
    const outside = form === 'iid' ? Math.sqrt(variance) : 1
    const mixture = n * inside * rhoSquared + 1
    const margin =
      outside *
      Math.sqrt(((2 * mixture) / (n * n * rhoSquared)) * Math.log(Math.sqrt(mixture) / alpha))
    return { n, mean, lower: mean - margin, upper: mean + margin }
  }
}

/** The u = n ρ² at which the interval is narrowest: u = log((u + 1) / α²), a contraction, iterated to its fixed point. */
function tightestMixture(alpha: number): number {
  let u = -2 * Math.log(alpha)
  for (let i = 0; i < 200; i++) u = Math.log((u + 1) / (alpha * alpha))
  return u
}
