/** Sample re-weighting by learning trajectory (DoubleEnsemble, section 3.2; the form of qlib's implementation). */

export interface Trajectory {
  /** Loss a row after the first and after the last tenth of the rounds: mean rank among the rows, from 0 to 1. */
  readonly early: Float64Array
  readonly late: Float64Array
  /** Loss a row of the ensemble so far. */
  readonly loss: Float64Array
}

export interface ReweightOptions {
  /** Weight of the loss and of the trajectory in a row's h value. */
  readonly alpha1: number
  readonly alpha2: number
  readonly bins: number
  readonly decay: number
  /** Sub-models so far. */
  readonly models: number
}

/**
 * Weights of the rows for the next sub-model, mean 1, so that least weights and penalties keep their meaning. Rows are hard or noisy where the ensemble's loss
 * is small and its trajectory falls; h says how much, and rows share the weight of their bin of h, so that single rows stand out less.
 */
export function sampleWeights(
  { early, late, loss }: Trajectory,
  { alpha1, alpha2, bins, decay, models }: ReweightOptions,
): Float64Array {
  const small = ranks(loss.map((value) => -value))
  const falling = ranks(late.map((value, row) => value / early[row]!))
  const h = small.map((value, row) => alpha1 * value + alpha2 * falling[row]!)
  const bin = equalBins(h, bins)
  const sums = new Float64Array(bins)
  const counts = new Float64Array(bins)
  bin.forEach((k, row) => {
    sums[k]! += h[row]!
    counts[k]! += 1
  })
  const weights = Float64Array.from(
    bin,
    (k) => 1 / (decay ** models * (sums[k]! / counts[k]!) + 0.1),
  )
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map((weight) => weight / mean)
}

/** Ranks from above 0 to 1; equal values share the mean of their places. */
export function ranks(values: Float64Array): Float64Array {
  const order = Int32Array.from(values, (_, row) => row).sort(
    (a, b) => values[a]! - values[b]! || a - b,
  )
  const out = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let k = from; k < to; k++) out[order[k]!] = (from + to + 1) / 2 / values.length
    from = to
  }
  return out
}

/** The bin of each value among bins of equal width between the least and the greatest. */
export function equalBins(values: Float64Array, bins: number): Int32Array {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity)
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity)
  const width = (high - low) / bins
  return Int32Array.from(values, (value) =>
    width > 0 ? Math.min(bins - 1, Math.floor((value - low) / width)) : 0,
  )
}
