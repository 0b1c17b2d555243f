/**
 * Weights by attributed return: López de Prado, "Advances in Financial Machine Learning" (2018), section 4.6, snippet 4.10. The log return of each bar is shared
 * equally among the labels that span it; a label weighs the size of what it gets.
 */
import { concurrency } from './uniqueness.ts'
import type { LabelSpans } from './label-spans.ts'
import { spanSums } from './span-sums.ts'

/**
 * |Σ r / concurrency| over each label's span, not normalised. O(labels + bars).
 *
 * @param barReturns Log return of the bar of each row of the table; a missing one counts 0.
 */
export function returnAttribution(spans: LabelSpans, barReturns: Float64Array): Float64Array {
  const counts = concurrency(spans)
  const shares = Float64Array.from(spans.rowAt, (row, bar) => {
    const value = row < 0 ? 0 : barReturns[row]!
    return counts[bar]! > 0 && Number.isFinite(value) ? value / counts[bar]! : 0
  })
  return spanSums(shares, spans).map(Math.abs)
}
