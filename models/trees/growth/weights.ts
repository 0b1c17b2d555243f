/** Weights of leaves and gains of splits (Chen and Guestrin, KDD 2016, equations 5 to 7) with XGBoost's further terms. */

export interface SplitRules {
  readonly lambda: number
  readonly alpha: number
  /** Greatest |weight| of a leaf; 0 for none. */
  readonly maxDeltaStep: number
  readonly leastHessian: number
  /** −1, 0 or 1 a feature; undefined where nothing is constrained. */
  readonly monotone: readonly number[] | undefined
  /** Categorical features with fewer levels split one level from the rest. */
  readonly oneHotBelow: number
  /** Most categories on one side of a split by an optimal partition. */
  readonly mostCategories: number
}

export interface WeightBounds {
  readonly lower: number
  readonly upper: number
}

export const unbounded: WeightBounds = { lower: -Infinity, upper: Infinity }

/** Whether the gain is more than G²/(H+λ), so that the compiled search does not know it. */
export function needsGeneralSearch({ alpha, maxDeltaStep, monotone }: SplitRules): boolean {
  return alpha > 0 || maxDeltaStep > 0 || monotone !== undefined
}

/** The weight that a leaf of these sums takes, before the learning rate. */
export function leafWeight(
  gradient: number,
  hessian: number,
  { lambda, alpha, maxDeltaStep }: SplitRules,
  { lower, upper }: WeightBounds = unbounded,
): number {
  if (!(hessian > 0)) return 0
  let weight = -soft(gradient, alpha) / (hessian + lambda)
  if (maxDeltaStep > 0) weight = Math.max(-maxDeltaStep, Math.min(maxDeltaStep, weight))
  return Math.max(lower, Math.min(upper, weight))
}

/** Twice the loss that a leaf of these sums takes away. */
export function leafGain(
  gradient: number,
  hessian: number,
  rules: SplitRules,
  bounds: WeightBounds = unbounded,
): number {
  const { lambda, alpha } = rules
  if (!(hessian > 0)) return 0
  if (rules.maxDeltaStep === 0 && bounds.lower === -Infinity && bounds.upper === Infinity) {
    const thresholded = soft(gradient, alpha)
    return (thresholded * thresholded) / (hessian + lambda)
  }
  return gainAtWeight(gradient, hessian, leafWeight(gradient, hessian, rules, bounds), rules)
}

export function gainAtWeight(
  gradient: number,
  hessian: number,
  weight: number,
  { lambda, alpha }: SplitRules,
): number {
  return -(
    2 * gradient * weight +
    (hessian + lambda) * weight * weight +
    2 * alpha * Math.abs(weight)
  )
}

/** Soft threshold of the L1 penalty. */
function soft(gradient: number, alpha: number): number {
  if (gradient > alpha) return gradient - alpha
  if (gradient < -alpha) return gradient + alpha
  return 0
}
