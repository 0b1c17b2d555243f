/**
 * Mean and sum of squared deviations of the last `window` values, O(1) a value and free of history: blocks as in
 * `sliding-sum.ts`, each part summed about a value of its own, joined by the update of Chan, Golub and LeVeque (1983). No term
 * is negative but for rounding, so nothing cancels: a constant window has exactly no deviation, at any level.
 *
 * `values[k]` is this block's value k; `tailMeans[k]` and `tailSquares[k]` are of the last block's values from k on.
 */
import { zero } from './zero.ts'

export interface SlidingMoments {
  readonly window: number
  readonly values: Float64Array
  readonly tailMeans: Float64Array
  readonly tailSquares: Float64Array
  /** For n values in the growing block: 1 / n, the other block's share of the window, and n times that. */
  readonly inverses: Float64Array
  readonly shares: Float64Array
  readonly weights: Float64Array
  at: number
  /** First value of the growing block, and the sums of its values less that. */
  anchor: number
  sum: number
  sumOfSquares: number
  /** 0 once a block is complete, NaN before: added to a moment, it says without a branch that there is none yet. */
  unknown: number
}

export function slidingMoments(window: number): SlidingMoments {
  return {
    window,
    values: new Float64Array(window),
    tailMeans: new Float64Array(window + 1),
    tailSquares: new Float64Array(window + 1),
    inverses: Float64Array.from({ length: window + 1 }, (_, n) => 1 / n),
    shares: Float64Array.from({ length: window + 1 }, (_, n) => (window - n) / window),
    weights: Float64Array.from({ length: window + 1 }, (_, n) => (n * (window - n)) / window),
    ...{ at: 0, anchor: zero, sum: zero, sumOfSquares: zero, unknown: NaN },
  }
}

/**
 * Takes `count` values of `x` from row `from` on and writes mean and sum of squared deviations of the window that each ends into
 * `means` and `squares` from 0 on. A missing value gives NaN and begins anew; so do values before there are enough.
 * The squares of a constant window are exactly 0; others may fall below 0 by rounding.
 */
export function slideMoments(
  state: SlidingMoments,
  x: Float64Array,
  from: number,
  count: number,
  means: Float64Array,
  squares: Float64Array,
): void {
  const { window, values, tailMeans, tailSquares, inverses, shares, weights } = state
  const inverse = 1 / window
  let { at, anchor, sum, sumOfSquares, unknown } = state
  let j = 0
  while (j < count) {
    if (at === 0) {
      anchor = x[from + j]!
      sum = 0
      sumOfSquares = 0
    }
    // To the end of the block, of the values, or to a missing one.
    const end = Math.min(count, j + window - at)
    for (; j < end; j++) {
      const value = x[from + j]!
      if (value - value !== 0) break
      values[at] = value
      at++
      const shifted = value - anchor
      sum += shifted
      sumOfSquares += shifted * shifted
      const shift = sum * inverses[at]!
      const mean = anchor + shift
      const own = sumOfSquares - sum * shift
      const apart = tailMeans[at]! - mean
      means[j] = mean + apart * shares[at]! + unknown
      squares[j] = own + tailSquares[at]! + apart * apart * weights[at]! + unknown
    }
    const complete = at === window
    if (complete) {
      // The last row of a block is the block itself; its share of the one before is 0.
      means[j - 1] = anchor + sum * inverse
      squares[j - 1] = sumOfSquares - sum * (sum * inverse)
      momentsBackwards(state)
    } else if (j === end) break
    else {
      means[j] = NaN
      squares[j] = NaN
      j++
    }
    at = 0
    unknown = complete ? 0 : NaN
  }
  state.at = at
  state.anchor = anchor
  state.sum = sum
  state.sumOfSquares = sumOfSquares
  state.unknown = unknown
}

function momentsBackwards(state: SlidingMoments): void {
  const { window, values, tailMeans, tailSquares, inverses } = state
  const anchor = values[window - 1]!
  let sum = 0
  let sumOfSquares = 0
  for (let k = window - 1; k >= 0; k--) {
    const shifted = values[k]! - anchor
    sum += shifted
    sumOfSquares += shifted * shifted
    const shift = sum * inverses[window - k]!
    tailMeans[k] = anchor + shift
    tailSquares[k] = sumOfSquares - sum * shift
  }
}
