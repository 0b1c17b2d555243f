/**
 * BinMapper: every feature cut into at most `maxBins` bins at quantiles of the training rows, so that a split search looks at
 * bins instead of values. Bin k holds cuts[k − 1] ≤ x < cuts[k]; a missing value has bin 255. Cuts are float32 and lie
 * between two training values, so a threshold sends every training value where its bin said.
 */
import type { FeatureMatrix } from '../../features/dataset.ts'
import { yieldToEvents } from '../interruption.ts'

export const missingBin = 255
export const mostBins = 255

export interface BinMapper {
  /** Ascending cuts of each feature; bins = cuts + 1. */
  readonly cuts: readonly Float32Array[]
}

/** Learned on the given rows only; equal weights (a row's weight is in its gradient). Yields after each feature. */
export async function fitBinMapper(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  { maxBins, signal }: { readonly maxBins: number; readonly signal: AbortSignal },
): Promise<BinMapper> {
  const width = features.length
  const cuts: Float32Array[] = []
  for (let column = 0; column < width; column++) {
    const values = new Float32Array(rows.length)
    let count = 0
    for (const row of rows) {
      const value = X[row * width + column]!
      if (value === value) values[count++] = value
    }
    cuts.push(cutsOf(values.subarray(0, count).sort(), maxBins))
    await yieldToEvents(signal, 'the tree fit')
  }
  return { cuts }
}

/** Cuts of ascending values, each between two of them. */
export function cutsOf(sorted: Float32Array, maxBins: number): Float32Array {
  const cuts: number[] = []
  const add = (below: number, above: number): void => {
    const middle = Math.fround(below + (above - below) / 2)
    // Neighbours in float32 have nothing between them: the upper one is the cut, since a split sends x < cut left.
    const cut = middle > below ? middle : above
    if (cut > (cuts[cuts.length - 1] ?? -Infinity)) cuts.push(cut)
  }
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
  if (distinct.length <= maxBins) {
    for (let i = 1; i < distinct.length; i++) add(distinct[i - 1]!, distinct[i]!)
    return Float32Array.from(cuts)
  }
  for (let k = 1; k < maxBins; k++) {
    let at = Math.floor((k * sorted.length) / maxBins)
    // Move past ties, so that the cut separates two different values.
    while (at < sorted.length && sorted[at] === sorted[at - 1]) at++
    if (at < sorted.length) add(sorted[at - 1]!, sorted[at]!)
  }
  return Float32Array.from(cuts)
}

/** Bin of a value: the number of cuts at or below it. */
export function binOf(cuts: Float32Array, value: number): number {
  if (value !== value) return missingBin
  let low = 0
  let high = cuts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (cuts[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
