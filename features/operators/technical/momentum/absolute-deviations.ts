/**
 * Σ |x − mean| over the window that ends at each row: `sums[j]` is over `values[j]` … `values[j + window − 1]` about `means[j]`.
 * It costs a pass over the window, as the mean moves with it. Four rows go together, so that a value is loaded once for all
 * and four additions are under way at a time; each row adds its values from the oldest to the newest either way.
 */
export function sumDeviations(
  values: Float64Array,
  window: number,
  means: Float64Array,
  count: number,
  sums: Float64Array,
): void {
  let j = 0
  if (window >= 4) {
    for (; j + 4 <= count; j += 4) sumFour(values, window, means, j, sums)
  }
  for (; j < count; j++) {
    const mean = means[j]!
    let sum = 0
    for (let k = j; k < j + window; k++) sum += Math.abs(values[k]! - mean)
    sums[j] = sum
  }
}

/** Rows j … j + 3, of which the values from j + 3 to j + window − 1 are in all four windows. */
function sumFour(
  values: Float64Array,
  window: number,
  means: Float64Array,
  j: number,
  sums: Float64Array,
): void {
  const p = means[j]!
  const q = means[j + 1]!
  const r = means[j + 2]!
  const s = means[j + 3]!
  const second = values[j + 1]!
  const third = values[j + 2]!
  let a = Math.abs(values[j]! - p) + Math.abs(second - p) + Math.abs(third - p)
  let b = Math.abs(second - q) + Math.abs(third - q)
  let c = Math.abs(third - r)
  let d = 0
  const end = j + window
  for (let k = j + 3; k < end; k++) {
    const value = values[k]!
    a += Math.abs(value - p)
    b += Math.abs(value - q)
    c += Math.abs(value - r)
    d += Math.abs(value - s)
  }
  const next = values[end]!
  const later = values[end + 1]!
  sums[j] = a
  sums[j + 1] = b + Math.abs(next - q)
  sums[j + 2] = c + Math.abs(next - r) + Math.abs(later - r)
  sums[j + 3] = d + Math.abs(next - s) + Math.abs(later - s) + Math.abs(values[end + 2]! - s)
}
