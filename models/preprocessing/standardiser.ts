/**
 * Standardiser: what every scaled kind learns about its inputs, from the training rows only. A missing value (NaN) takes the
 * weighted mean of its column (in scaled units: 0), a value z = (x − mean) / deviation is clipped to ±clip.
 *
 * A column that is constant, or has no value at all, carries nothing: its deviation is stored as 0 and it scales to 0,
 * whatever it holds later. Rows of weight 0 have no influence at all.
 */
import type { FeatureMatrix } from '../../features/dataset.ts'

export interface Standardiser {
  readonly mean: readonly number[]
  /** 0 marks a column without variation. */
  readonly deviation: readonly number[]
  /** In deviations. */
  readonly clip: number
}

/** A column whose deviation is below this share of its size is constant but for rounding (float32 holds 24 bits). */
export const relativeFloor = 2 ** -22

export function fitStandardiser(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  weight: Float64Array,
  clip: number,
): Standardiser {
  const width = features.length
  const mean = new Float64Array(width)
  const total = new Float64Array(width)
  for (const row of rows) {
    const w = weight[row]!
    if (w === 0) continue
    for (let column = 0; column < width; column++) {
      const value = X[row * width + column]!
      if (Number.isNaN(value)) continue
      total[column]! += w
      // West (1979): a running weighted mean that neither overflows nor cancels.
      mean[column]! += (w / total[column]!) * (value - mean[column]!)
    }
  }
  const squares = new Float64Array(width)
  for (const row of rows) {
    const w = weight[row]!
    if (w === 0) continue
    for (let column = 0; column < width; column++) {
      const value = X[row * width + column]!
      if (!Number.isNaN(value)) squares[column]! += w * (value - mean[column]!) ** 2
    }
  }
  const deviation = Array.from(squares, (sum, column) => {
    if (total[column] === 0) return 0
    const value = Math.sqrt(sum / total[column]!)
    return value > Math.abs(mean[column]!) * relativeFloor ? value : 0
  })
  return { mean: [...mean], deviation, clip }
}

/** Writes one scaled row; `out` has a value a feature. */
export function standardiseRow(
  { mean, deviation, clip }: Standardiser,
  X: Float32Array,
  row: number,
  out: Float64Array,
): void {
  const width = mean.length
  for (let column = 0; column < width; column++) {
    const value = X[row * width + column]!
    const scale = deviation[column]!
    const scaled = scale === 0 || Number.isNaN(value) ? 0 : (value - mean[column]!) / scale
    out[column] = Math.max(-clip, Math.min(clip, scaled))
  }
}

export interface LabelScale {
  readonly mean: number
  readonly deviation: number
}

/** Weighted mean and deviation of the labels; a constant label has deviation 1, so that it can be divided by. */
export function labelScale(y: Float64Array, rows: Int32Array, weight: Float64Array): LabelScale {
  let mean = 0
  let total = 0
  for (const row of rows) {
    const w = weight[row]!
    if (w === 0) continue
    total += w
    mean += (w / total) * (y[row]! - mean)
  }
  let squares = 0
  for (const row of rows) squares += weight[row]! * (y[row]! - mean) ** 2
  const deviation = Math.sqrt(squares / total)
  return { mean, deviation: deviation > Math.abs(mean) * 1e-12 ? deviation : 1 }
}
