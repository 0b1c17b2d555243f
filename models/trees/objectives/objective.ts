/** Objective: what boosting lowers. Gradients and hessians a row, where margins start, how a margin becomes a prediction. */

export interface ObjectiveData {
  readonly layout: { readonly rows: number; readonly trainRows: number }
  /** `[outputs, rows]`; training rows first. */
  readonly margins: Float64Array
  readonly labels: Float64Array
  readonly weights: Float64Array
  /** `[outputs, trainRows, 2]`: gradient, hessian. */
  readonly pairs: Float32Array
}

export interface Objective {
  readonly name: string
  /** Margins a row: classes, quantiles, else 1. */
  readonly outputs: number
  /** Metric that early stopping watches unless another is asked for. */
  readonly metric: string
  /** What a label has to be, where not every finite number will do. */
  readonly domain?: { readonly name: string; readonly holds: (label: number) => boolean }
  /** The gradients of all rows are one piece of work: they look at other rows, or at a function that no other thread has. */
  readonly alone?: boolean
  /** Margins of a model without trees. */
  start(data: ObjectiveData): number[]
  /** Fills the pairs of training rows [from, to), weights in them. */
  gradients(data: ObjectiveData, from: number, to: number): void
  /** Leaves hold this quantile of the residuals instead of a Newton step. */
  readonly leafQuantile?: (output: number) => number
  /** Margins of one row, `[outputs]`, to what is predicted, in place. */
  transform(margins: Float64Array): void
}

/** Weighted mean of the training labels. */
export function meanLabel({ labels, weights, layout }: ObjectiveData): number {
  let [sum, total] = [0, 0]
  for (let row = 0; row < layout.trainRows; row++) {
    sum += weights[row]! * labels[row]!
    total += weights[row]!
  }
  return sum / total
}

/**
 * Quantile as XGBoost takes it: with equal weights between the two values next to place alpha · (n + 1), else the least of the values with at least the share
 * `alpha` of the weight at or below it.
 */
export function weightedQuantile(
  values: Float64Array,
  weights: Float64Array,
  alpha: number,
): number {
  if (weights.every((weight) => weight === weights[0])) {
    const sorted = values.slice().sort()
    const place = alpha * (sorted.length + 1) - 1
    const low = Math.min(sorted.length - 1, Math.max(0, Math.floor(place)))
    const high = Math.min(sorted.length - 1, low + 1)
    const part = place <= 0 ? 0 : Math.min(1, place - low)
    return sorted[low]! + part * (sorted[high]! - sorted[low]!)
  }
  const order = Int32Array.from(values, (_, k) => k).sort((a, b) => values[a]! - values[b]!)
  let total = 0
  for (const weight of weights) total += weight
  let below = 0
  for (const k of order) {
    below += weights[k]!
    if (below >= alpha * total) return values[k]!
  }
  return values[order[order.length - 1]!]!
}

/** One output whose pair depends on the row's own margin and label. */
export function pointwise(
  pair: (margin: number, label: number, out: Float64Array) => void,
): Objective['gradients'] {
  const out = new Float64Array(2)
  return ({ margins, labels, weights, pairs }, from, to) => {
    for (let row = from; row < to; row++) {
      pair(margins[row]!, labels[row]!, out)
      pairs[2 * row] = weights[row]! * out[0]!
      pairs[2 * row + 1] = weights[row]! * out[1]!
    }
  }
}
