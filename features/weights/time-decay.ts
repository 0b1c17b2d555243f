/** Time decay: older labels weigh less. Labels of one moment have one age, whatever their symbol. */
import { check, checkNumber } from '../../core/checks.ts'
import { lowerBound } from '../../core/frame.ts'

/**
 * Piecewise linear decay in cumulated uniqueness: López de Prado, "Advances in Financial Machine Learning" (2018), section 4.7, snippet 4.11. The newest labels
 * weigh 1. `oldest` from 0 to 1 is the weight that the line reaches before the first label; below 0, the oldest share of −`oldest` of the uniqueness weighs 0.
 *
 * @param time Decision moment of each label, in any order.
 * @throws INVALID_VALUE for `oldest` outside (−1, 1].
 */
export function linearDecay(
  time: Float64Array,
  uniqueness: Float64Array,
  oldest: number,
): Float64Array {
  checkNumber('oldest', oldest, { max: 1 })
  check(oldest > -1, 'oldest', 'above −1', oldest)
  const moments = distinct(time)
  const upTo = new Float64Array(moments.length)
  for (let label = 0; label < time.length; label++)
    upTo[lowerBound(moments, time[label]!)]! += uniqueness[label]!
  for (let k = 1; k < upTo.length; k++) upTo[k]! += upTo[k - 1]!
  const total = upTo.at(-1) ?? 0
  const slope = oldest >= 0 ? (1 - oldest) / total : 1 / ((oldest + 1) * total)
  return time.map((at) => Math.max(0, 1 - slope * (total - upTo[lowerBound(moments, at)]!)))
}

/**
 * Exponential decay: half the weight every `halfLife` moments, counted in distinct decision moments of the labels, so in bars.
 *
 * @throws INVALID_VALUE for a half-life that is not above 0.
 * @example three moments, half-life 1 → 1/4, 1/2, 1
 */
export function exponentialDecay(time: Float64Array, halfLife: number): Float64Array {
  checkNumber('halfLife', halfLife)
  check(halfLife > 0, 'halfLife', 'above 0', halfLife)
  const moments = distinct(time)
  const newest = moments.length - 1
  return time.map((at) => 2 ** ((lowerBound(moments, at) - newest) / halfLife))
}

function distinct(time: Float64Array): Float64Array {
  const sorted = time.toSorted()
  return sorted.filter((at, k) => k === 0 || at !== sorted[k - 1])
}
