/**
 * Σ |x − mean| over the window that ends at each row: `deviations[j]` is over `values[j]` … `values[j + window − 1]`, whose sum is
 * `sums[j]`.
 * It costs a pass over the window, as the mean moves with it. Four rows go together, so that a value is loaded once for all
 * and four additions are under way at a time; each row adds its values from the oldest to the newest either way.
 */
export function sumDeviations(
  values: Float64Array,
  window: number,
  sums: Float64Array,
  count: number,
  deviations: Float64Array,
): void {
  const inverse = 1 / window
  let j = 0
  if (window >= 4) {
    for (; j + 4 <= count; j += 4) sumFour(values, window, sums, j, deviations)
  }
  for (; j < count; j++) {
    const mean = sums[j]! * inverse
    let sum = 0
    for (let k = j; k < j + window; k++) sum += Math.abs(values[k]! - mean)
    deviations[j] = sum
  }
}

/** Rows j … j + 3, of which the values from j + 3 to j + window − 1 are in all four windows. */
function sumFour(
  values: Float64Array,
  window: number,
  sums: Float64Array,
  j: number,
  deviations: Float64Array,
): void {
  const inverse = 1 / window
  const p = sums[j]! * inverse
  const q = sums[j + 1]! * inverse
  const r = sums[j + 2]! * inverse
  const s = sums[j + 3]! * inverse
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
  deviations[j] = a
  deviations[j + 1] = b + Math.abs(next - q)
  deviations[j + 2] = c + Math.abs(next - r) + Math.abs(later - r)
  deviations[j + 3] = d + Math.abs(next - s) + Math.abs(later - s) + Math.abs(values[end + 2]! - s)
}
