/**
 * Mean and squared deviations of all values so far (Welford 1962), both carried with what their additions round away, so that bar
 * 10⁷ is as exact as bar 10²: no term is negative, and nothing cancels.
 */
import { addTo, totalOf, type RunningTotal } from '../technical/stages/running-total.ts'

export interface RunningMoments {
  count: number
  readonly mean: RunningTotal
  readonly squares: RunningTotal
}

export function runningMoments(): RunningMoments {
  return {
    count: 0,
    mean: { seen: 0, total: 0, carry: 0 },
    squares: { seen: 0, total: 0, carry: 0 },
  }
}

/** Takes a value. */
export function addToMoments(state: RunningMoments, value: number): void {
  const { mean, squares } = state
  const count = ++state.count
  if (count === 1) {
    mean.total = value
    return
  }
  // Subtracted in two steps: the sum of the mean's parts would round what the carry is for.
  const deviation = value - mean.total - mean.carry
  addTo(mean, deviation / count)
  addTo(squares, deviation * deviation * ((count - 1) / count))
}

export function meanOf({ mean }: RunningMoments): number {
  return totalOf(mean)
}

/** Sample standard deviation; NaN below two values. */
export function deviationOf({ count, squares }: RunningMoments): number {
  return Math.sqrt(totalOf(squares) / (count - 1))
}
