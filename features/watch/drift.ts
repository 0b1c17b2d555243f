/**
 * Drift: how far a window of served values has moved from the training's distribution, by three measures.
 *
 * Population stability index: Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ) over the bins, p of the reference and q of the window (Siddiqi,
 * "Credit Risk Scorecards", 2006, where the limits 0.1 and 0.25 come from). An empty bin counts as `emptyShare`.
 * Without drift its expectation is about (bins − 1)(1 / n + 1 / m): 0.04 for 20 bins and 500 served rows.
 *
 * Kolmogorov–Smirnov: the greatest distance of the two distribution functions at the bins' edges, where both are known
 * exactly. Between two edges the distance can be greater by min(pᵢ, qᵢ) of that bin at most, so the statistic is never
 * above the one of the raw samples and below it by `ksBound` at most: the test errs on the quiet side. The p-value is
 * the asymptotic one, and supposes independent rows. Rows of neighbouring bars and of one market are not, so the test
 * alone raises a watch and never an alert.
 *
 * Missing: share of rows without a value, less that of the reference.
 */
import type { FeatureReference } from './reference.ts'

export const driftStates = ['ok', 'watch', 'alert'] as const
export type DriftState = (typeof driftStates)[number]

export interface DriftLimits {
  readonly psiWatch: number
  readonly psiAlert: number
  /** Level of the Kolmogorov–Smirnov test over all features together (Bonferroni). */
  readonly ksLevel: number
  /** Rise of the missing share that is an alert; half of it is a watch. */
  readonly missingRise: number
}

export const defaultDriftLimits: DriftLimits = {
  psiWatch: 0.1,
  psiAlert: 0.25,
  ksLevel: 0.01,
  missingRise: 0.05,
}

export interface FeatureDrift {
  readonly feature: string
  readonly state: DriftState
  /** NaN where either side has no known value, as are the Kolmogorov–Smirnov numbers. */
  readonly psi: number
  readonly ks: number
  /** What the raw statistic can be above `ks` at most. */
  readonly ksBound: number
  /** Of this feature alone, not yet multiplied by the number of features. */
  readonly ksPValue: number
  /** Share of the window less share of the reference, −1 … 1. */
  readonly missingRise: number
}

const emptyShare = 1e-4

/** `counts`: known values of the window a bin of `reference`; `missing`: rows of the window without a value. */
export function measureDrift(
  feature: string,
  reference: FeatureReference,
  { counts, missing }: { readonly counts: ArrayLike<number>; readonly missing: number },
  { features, limits = defaultDriftLimits }: { features: number; limits?: DriftLimits },
): FeatureDrift {
  const [known, expected] = [total(counts), total(reference.counts)]
  const missingRise =
    share(missing, known + missing) - share(reference.missing, expected + reference.missing)
  const psi = stabilityIndex(reference.counts, counts)
  const { ks, ksBound } = binnedDistance(reference.counts, counts)
  const ksPValue = smirnovPValue(ks, expected, known)
  return {
    feature,
    state: judge({ psi, ksPValue: ksPValue * features, missingRise }, limits),
    ...{ psi, ks, ksBound, ksPValue, missingRise },
  }
}

/** Of two histograms over the same bins; NaN where either is empty. */
export function stabilityIndex(reference: ArrayLike<number>, window: ArrayLike<number>): number {
  const [expected, known] = [total(reference), total(window)]
  if (expected === 0 || known === 0) return NaN
  let sum = 0
  for (let k = 0; k < reference.length; k++) {
    const p = Math.max(reference[k]! / expected, emptyShare)
    const q = Math.max(window[k]! / known, emptyShare)
    sum += (q - p) * Math.log(q / p)
  }
  return sum
}

/** Greatest distance of the distribution functions at the edges, and what it can lack between them. */
export function binnedDistance(
  reference: ArrayLike<number>,
  window: ArrayLike<number>,
): { ks: number; ksBound: number } {
  const [expected, known] = [total(reference), total(window)]
  if (expected === 0 || known === 0) return { ks: NaN, ksBound: NaN }
  let [ks, ksBound, below, belowWindow] = [0, 0, 0, 0]
  for (let k = 0; k < reference.length; k++) {
    below += reference[k]!
    belowWindow += window[k]!
    ks = Math.max(ks, Math.abs(below / expected - belowWindow / known))
    ksBound = Math.max(ksBound, Math.min(reference[k]! / expected, window[k]! / known))
  }
  return { ks, ksBound }
}

/**
 * Asymptotic p-value of the two-sample statistic: the Kolmogorov distribution's upper tail at √(nm / (n + m)) · D
 * (Smirnov 1948). Its alternating series converges slowly near 0, where the other form of the theta function is used.
 */
export function smirnovPValue(distance: number, n: number, m: number): number {
  if (Number.isNaN(distance)) return NaN
  const x = Math.sqrt((n * m) / (n + m)) * distance
  if (x === 0) return 1
  if (x < 1) {
    let lower = 0
    for (let k = 1; k <= 20; k++)
      lower += Math.exp(-((2 * k - 1) ** 2 * Math.PI ** 2) / (8 * x * x))
    return 1 - (Math.sqrt(2 * Math.PI) / x) * lower
  }
  let tail = 0
  for (let k = 1; k <= 20; k++) tail += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x)
  return 2 * tail
}

function judge(
  {
    psi,
    ksPValue,
    missingRise,
  }: { readonly psi: number; readonly ksPValue: number; readonly missingRise: number },
  limits: DriftLimits,
): DriftState {
  if (psi >= limits.psiAlert || missingRise >= limits.missingRise) return 'alert'
  const isWatched =
    psi >= limits.psiWatch || ksPValue < limits.ksLevel || missingRise >= limits.missingRise / 2
  return isWatched ? 'watch' : 'ok'
}

function total(counts: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < counts.length; k++) sum += counts[k]!
  return sum
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
