/**
 * Dissimilarity index of a vector: its distance to the nearest training row over the mean distance of training rows to
 * each other, in standardised space weighted by importance (Meyer and Pebesma, "Predicting into unknown space?
 * Estimating the area of applicability of spatial prediction models", Methods in Ecology and Evolution 12, 2021,
 * section 2.1). Where it is above the threshold the model has seen nothing like it, and its validation does not speak
 * for the prediction.
 *
 * Two differences from the paper: the training is a bounded sample of rows, so the cost of a vector is bounded; the
 * threshold is a quantile of the sample's leave-one-out values in place of the upper whisker, which in the heavy tails
 * of returns would call several percent of the training itself unknown.
 */
import { check, checkNumber } from '../../core/checks.ts'
import { standardise, type Reference } from './reference.ts'

export interface DissimilarityOptions {
  /** Of the leave-one-out values; 0.99 marks about one in a hundred rows of the training's own distribution. */
  readonly quantile?: number
  /** Importance a feature, ≥ 0, in the reference's order; default 1 for all. */
  readonly weights?: ArrayLike<number>
}

export interface Dissimilarity {
  /** Above it a vector is outside of what was trained on. */
  readonly threshold: number
  /** Mean distance of two rows of the sample. */
  readonly meanDistance: number
  /** ≥ 0. A missing value counts as the feature's mean, so a vector that lacks values is not far by that alone. */
  of(values: Float32Array): number
}

/** Undefined where a distance has no unit: fewer than three rows, or rows that are all the same. */
export function createDissimilarity(
  { features, columns, sample, sampleRows }: Reference,
  { quantile = 0.99, weights }: DissimilarityOptions = {},
): Dissimilarity | undefined {
  checkNumber('quantile', quantile, { min: 0, max: 1 })
  const width = features.length
  const scale = weightScale(width, weights)
  const points = sample.map((z, k) => z * scale[k % width]!)
  if (sampleRows < 3) return undefined
  const { nearest, mean } = pairDistances(points, sampleRows, width)
  if (!(mean > 0)) return undefined
  const sorted = nearest.map((distance) => distance / mean).sort()
  const threshold = sorted[Math.max(0, Math.ceil(quantile * sampleRows - 1e-9) - 1)]!
  const query = new Float32Array(width)
  return {
    threshold,
    meanDistance: mean,
    of(values) {
      check(values.length === width, 'values', `${width} numbers`, values.length)
      standardise(values, columns, query)
      for (let k = 0; k < width; k++) query[k]! *= scale[k]!
      return nearestDistance(query, points, sampleRows) / mean
    },
  }
}

/** Square roots of the weights with mean 1: a weight multiplies the squared difference. */
function weightScale(width: number, weights: ArrayLike<number> | undefined): Float64Array {
  const scale = new Float64Array(width).fill(1)
  if (weights === undefined) return scale
  check(weights.length === width, 'weights', `${width} numbers`, weights.length)
  let sum = 0
  for (let k = 0; k < width; k++) {
    checkNumber(`weights[${k}]`, weights[k]!, { min: 0 })
    sum += weights[k]!
  }
  check(sum > 0, 'weights', 'greater than 0 for one feature at least', sum)
  return scale.map((_, k) => Math.sqrt((weights[k]! * width) / sum))
}

function pairDistances(
  points: Float32Array,
  rows: number,
  width: number,
): { nearest: Float64Array; mean: number } {
  const nearest = new Float64Array(rows).fill(Infinity)
  let sum = 0
  for (let a = 1; a < rows; a++) {
    for (let b = 0; b < a; b++) {
      let squares = 0
      for (let k = 0; k < width; k++) {
        const difference = points[a * width + k]! - points[b * width + k]!
        squares += difference * difference
      }
      const distance = Math.sqrt(squares)
      sum += distance
      if (distance < nearest[a]!) nearest[a] = distance
      if (distance < nearest[b]!) nearest[b] = distance
    }
  }
  return { nearest, mean: sum / ((rows * (rows - 1)) / 2) }
}

/** A row is left as soon as it is farther than the nearest so far. */
function nearestDistance(query: Float32Array, points: Float32Array, rows: number): number {
  const width = query.length
  let least = Infinity
  for (let row = 0; row < rows; row++) {
    const start = row * width
    let squares = 0
    for (let k = 0; k < width && squares < least;) {
      const end = Math.min(k + 16, width)
      for (; k < end; k++) {
        const difference = query[k]! - points[start + k]!
        squares += difference * difference
      }
    }
    if (squares < least) least = squares
  }
  return Math.sqrt(least)
}
