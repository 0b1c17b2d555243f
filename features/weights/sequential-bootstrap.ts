/**
 * Sequential bootstrap: draws with replacement in which a label that overlaps with labels drawn before is less likely, so that a bag holds less of the same.
 * López de Prado, "Advances in Financial Machine Learning" (2018), section 4.5: the probability of label i is proportional to the average uniqueness that it would have
 * if it were drawn next, the mean over its span of 1 / (1 + times that bar was drawn already).
 *
 * The book's snippet 4.5 computes every label's uniqueness anew at each draw, O(n³) in all. A draw changes only the bars of its own span, and so only the labels that
 * overlap with it: here a draw is O(k + log n) for k such labels.
 */
import { check, checkInteger } from '../../core/checks.ts'
import type { Rng } from '../../core/rng.ts'
import type { LabelSpans } from './label-spans.ts'
import { createSumTree } from './sum-tree.ts'

export interface SequentialDraws {
  /** Probability that a label is drawn next. */
  probability(label: number): number
  /** The label at a share in [0, 1) of the probabilities laid end to end. */
  find(share: number): number
  /** Counts a label as drawn. */
  add(label: number): void
}

/**
 * Labels in the order they are drawn.
 *
 * @param draws Default as many as there are labels.
 * @throws INVALID_VALUE without a label.
 */
export function sequentialBootstrap(
  spans: LabelSpans,
  { rng, draws = spans.length }: { readonly rng: Rng; readonly draws?: number },
): Int32Array {
  checkInteger('draws', draws, { min: 0 })
  const state = sequentialDraws(spans)
  return new Int32Array(draws).map(() => {
    const label = state.find(rng.uniform())
    state.add(label)
    return label
  })
}

/** The probabilities of the next draw, kept current draw by draw. */
export function sequentialDraws({ length, first, last, rowAt }: LabelSpans): SequentialDraws {
  check(length > 0, 'labels to draw from', 'at least one', length)
  const drawn = new Int32Array(rowAt.length)
  const latest = runningMaximum(last)
  // Every label is alone at first.
  const tree = createSumTree(new Float64Array(length).fill(1))
  const longest = last.reduce((most, end, label) => Math.max(most, end - first[label]! + 1), 0)
  // Over the span of the newest draw: what each bar's 1 / (1 + drawn) lost, summed up to before each bar.
  const lost = new Float64Array(longest + 1)
  return {
    probability: (label) => tree.get(label) / tree.total,
    find: (share) => tree.find(share),
    add(label) {
      const [from, to] = [first[label]!, last[label]!]
      for (let bar = from; bar <= to; bar++) {
        const times = drawn[bar]!
        lost[bar - from + 1] = lost[bar - from]! + 1 / ((1 + times) * (2 + times))
        drawn[bar] = times + 1
      }
      // `first` ascends, so that the labels that overlap lie between these two, with few others among them.
      const begin = lowest(latest, from)
      let other = begin
      for (; other < length && first[other]! <= to; other++) {
        const [start, end] = [Math.max(first[other]!, from), Math.min(last[other]!, to)]
        if (start > end) continue
        const loss = lost[end - from + 1]! - lost[start - from]!
        const bars = last[other]! - first[other]! + 1
        tree.put(other, tree.get(other) - loss / bars)
      }
      tree.settle(begin, other - 1)
    },
  }
}

function runningMaximum(values: Int32Array): Int32Array {
  const out = Int32Array.from(values)
  for (let k = 1; k < out.length; k++) out[k] = Math.max(out[k]!, out[k - 1]!)
  return out
}

/** First index whose value is ≥ `at`; values ascend. */
function lowest(values: Int32Array, at: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}
