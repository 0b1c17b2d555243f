/**
 * Bins: every feature cut into at most `max_bin` bins at weighted quantiles of the training rows, so that a split search looks at bins instead of
 * values. Bin k holds cuts[k − 1] ≤ x < cuts[k]. A cut is a training value, as in XGBoost, so x < cut sends every training value where its bin said.
 * Where there are more values than bins, a value as heavy as a bin gets one of its own and the others share the rest. One of the 256 codes is kept
 * for what is missing, so there are at most 255 bins of values.
 */

/** Bins of known values at most. */
export const mostBins = 255
/** Stands for +∞, which has no place in a file: every finite value lies below it, or at it. */
export const greatestFloat = 3.4028234663852886e38

/** @param pairs ascending values, each with its weight: value, weight, value, weight, … */
export function cutsOf(pairs: Float32Array, maxBins: number): Float32Array {
  const bins = Math.min(maxBins, mostBins)
  const { distinct, total } = survey(pairs)
  const cuts = new Float32Array(bins - 1)
  let count = 0
  let open = 0
  let left = total
  for (let at = 0; at < pairs.length;) {
    const value = pairs[at]!
    const first = at === 0
    // Equal values are one, with the sum of their weights; nothing is copied, for there may be many columns of many rows.
    let weight = 0
    for (; at < pairs.length && pairs[at] === value; at += 2) weight += pairs[at + 1]!
    if (!first && count < bins - 1) {
      // A bin is full when it holds its share of what was left for it and those after it, or when the next value fills one alone.
      const share = left / (bins - count)
      if (distinct <= bins || open >= share || weight >= share) {
        cuts[count++] = Math.min(value, greatestFloat)
        left -= open
        open = 0
      }
    }
    open += weight
  }
  return cuts.slice(0, count)
}

function survey(pairs: Float32Array): { readonly distinct: number; readonly total: number } {
  let [distinct, total] = [0, 0]
  for (let at = 0; at < pairs.length; at += 2) {
    if (at === 0 || pairs[at] !== pairs[at - 2]) distinct++
    total += pairs[at + 1]!
  }
  return { distinct, total }
}

/** The last code whose values all lie below a threshold that is one of the cuts. */
export function codeBelow(cuts: Float32Array, threshold: number): number {
  const at = cuts.indexOf(threshold)
  return at < 0 ? cuts.length : at
}
