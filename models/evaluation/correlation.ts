/** Weighted Pearson correlation, and ranks for Spearman's. */

/**
 * Weighted Pearson correlation of the given positions, in [−1, 1].
 * Null where it is not defined: fewer than 2 positions of positive weight, or a side without variation (or beyond float64's range).
 */
export function pearson(a: Float64Array, b: Float64Array, weight?: Float64Array): number | null {
  let total = 0
  let meanA = 0
  let meanB = 0
  let squaresA = 0
  let squaresB = 0
  let products = 0
  let counted = 0
  for (let i = 0; i < a.length; i++) {
    const w = weight?.[i] ?? 1
    if (w === 0) continue
    counted++
    total += w
    const share = w / total
    const beforeA = a[i]! - meanA
    const beforeB = b[i]! - meanB
    meanA += share * beforeA
    meanB += share * beforeB
    squaresA += w * beforeA * (a[i]! - meanA)
    squaresB += w * beforeB * (b[i]! - meanB)
    products += w * beforeA * (b[i]! - meanB)
  }
  const scale = Math.sqrt(squaresA) * Math.sqrt(squaresB)
  if (counted < 2 || !(scale > 0 && Number.isFinite(products / scale))) return null
  return Math.max(-1, Math.min(1, products / scale))
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: Float64Array): Float64Array {
  const order = Int32Array.from(values, (_, i) => i).sort(
    (i, j) => values[i]! - values[j]! || i - j,
  )
  const out = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let i = from; i < to; i++) out[order[i]!] = (from + 1 + to) / 2
    from = to
  }
  return out
}
