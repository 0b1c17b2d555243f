/** Concurrency and uniqueness of labels: López de Prado, "Advances in Financial Machine Learning" (2018), sections 4.3 and 4.4, snippets 4.1 and 4.2. */
import type { LabelSpans } from './label-spans.ts'
import { spanSums } from './span-sums.ts'

/** Number of labels that span each bar of the axis. O(labels + bars). */
export function concurrency({ length, first, last, rowAt }: LabelSpans): Int32Array {
  const counts = new Int32Array(rowAt.length + 1)
  for (let label = 0; label < length; label++) {
    counts[first[label]!]! += 1
    counts[last[label]! + 1]! -= 1
  }
  for (let bar = 1; bar < counts.length; bar++) counts[bar]! += counts[bar - 1]!
  return counts.subarray(0, rowAt.length)
}

/**
 * Average uniqueness of each label: the mean of 1 / concurrency over its span, in (0, 1]; 1 where it overlaps with no other. O(labels + bars).
 *
 * @example labels over bars 1–3, 3–4 and 5–6 → 5/6, 3/4, 1
 */
export function averageUniqueness(spans: LabelSpans): Float64Array {
  const { first, last } = spans
  const shares = Float64Array.from(concurrency(spans), (count) => (count > 0 ? 1 / count : 0))
  return spanSums(shares, spans).map((sum, label) => sum / (last[label]! - first[label]! + 1))
}
