/** Feature selection by shuffling (DoubleEnsemble, section 3.3; the form of qlib's implementation). */
import type { Rng } from '../../../core/rng.ts'
import { equalBins } from './sample-weights.ts'

/**
 * Features for the next sub-model. `g` of a feature is how much the loss of the rows grows, in its own deviations, when the feature's values are shuffled;
 * features share bins of equal width of g, and of each bin a share is drawn, the larger the greater g is.
 *
 * @param loss of each row; `shuffled(k)`: the same with feature k shuffled
 * @param shares to draw, of the bins from the greatest g down; as many bins
 * @returns indices, ascending
 */
export function selectFeatures(
  features: number,
  {
    loss,
    shuffled,
  }: { readonly loss: Float64Array; readonly shuffled: (feature: number) => Float64Array },
  { shares, rng }: { readonly shares: readonly number[]; readonly rng: Rng },
): number[] {
  const g = Float64Array.from({ length: features }, (_, feature) =>
    standardised(shuffled(feature), loss),
  )
  const bin = equalBins(g, shares.length)
  return shares
    .flatMap((share, k) => {
      const members = [...bin.keys()].filter((feature) => bin[feature] === shares.length - 1 - k)
      const keep = Math.ceil(share * members.length)
      const order = rng.stream(`bin/${k}`).permutation(members.length)
      return [...order.subarray(0, keep)].map((at) => members[at]!)
    })
    .sort((a, b) => a - b)
}

/** Mean of the differences over their deviation. */
function standardised(values: Float64Array, than: Float64Array): number {
  const differences = values.map((value, row) => value - than[row]!)
  const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  return mean / (Math.sqrt(squares / differences.length) + 1e-7)
}
