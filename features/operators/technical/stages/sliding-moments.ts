/**
 * Mean and sum of squared deviations of the last `window` values, O(1) a value and free of history: blocks as in
 * `sliding-sum.ts`, each part summed about a value of its own, joined by the update of Chan, Golub and LeVeque (1983). No term
 * is negative, so nothing cancels: a constant window has exactly no deviation, at any level.
 *
 * `values[k]` is this block's value k; `tailMeans[k]` and `tailSquares[k]` are of the last block's values from k on.
 */
export interface SlidingMoments {
  readonly window: number
  readonly values: Float64Array
  readonly tailMeans: Float64Array
  readonly tailSquares: Float64Array
  /** 1 / n, as a multiplication is a fraction of a division. */
  readonly inverses: Float64Array
  at: number
  /** First value of the growing block, and the sums of its values less that. */
  anchor: number
  sum: number
  sumOfSquares: number
  full: number
  /** Of the last `window` values; NaN before there are as many. */
  mean: number
  squares: number
}

export function slidingMoments(window: number): SlidingMoments {
  return {
    window,
    values: new Float64Array(window),
    tailMeans: new Float64Array(window + 1),
    tailSquares: new Float64Array(window + 1),
    inverses: Float64Array.from({ length: window + 1 }, (_, n) => 1 / n),
    ...{ at: 0, anchor: 0, sum: 0, sumOfSquares: 0, full: 0, mean: NaN, squares: NaN },
  }
}

/** Takes a finite value; `mean` and `squares` are then of the window that it ends. */
export function slideMoments(state: SlidingMoments, value: number): void {
  const { window, values, inverses, at } = state
  values[at] = value
  if (at === 0) state.anchor = value
  const shifted = value - state.anchor
  const sum = at === 0 ? 0 : state.sum + shifted
  const sumOfSquares = at === 0 ? 0 : state.sumOfSquares + shifted * shifted
  const count = at + 1
  const shift = sum * inverses[count]!
  const mean = state.anchor + shift
  const squares = sumOfSquares - sum * shift
  if (count === window) {
    state.mean = mean
    state.squares = Math.max(0, squares)
    momentsBackwards(state)
    state.at = 0
    state.full = 1
    return
  }
  state.sum = sum
  state.sumOfSquares = sumOfSquares
  state.at = count
  if (state.full === 0) return
  const apart = state.tailMeans[count]! - mean
  const share = (window - count) * inverses[window]!
  state.mean = mean + apart * share
  state.squares = Math.max(0, squares) + state.tailSquares[count]! + apart * apart * (share * count)
}

/** Forgets everything, after a gap. */
export function restartMoments(state: SlidingMoments): void {
  state.at = 0
  state.full = 0
  state.mean = NaN
  state.squares = NaN
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
    tailSquares[k] = Math.max(0, sumOfSquares - sum * shift)
  }
}
