/** Counts the features of stored bars by the bins of a reference: what drift of a period is measured from. */
import type { Frame } from '../../core/frame.ts'
import { barRows } from '../dataset-builder.ts'
import { evaluatePanel } from '../evaluation.ts'
import type { Plan } from '../plan.ts'
import type { BinCounts } from './bin-counts.ts'

/** Rows [from, to) of a symbol. */
export interface RowSpan {
  readonly from: number
  readonly to: number
}

/**
 * Features are computed over all bars of each symbol, oldest first, and counted over its span. They are rounded to float32
 * first, as those of the reference and those that are served are.
 */
export function countBars(
  counts: BinCounts,
  plan: Plan,
  {
    bars,
    groups,
    spans,
  }: { bars: readonly Frame[]; groups: Int32Array; spans: readonly RowSpan[] },
): void {
  const rows = bars.map((frame) => barRows(plan, frame))
  evaluatePanel(plan, rows, groups, ({ symbol, features, columns, offset, row, count }) => {
    const { from, to } = spans[symbol]!
    const [first, end] = [Math.max(0, from - row), Math.min(count, to - row)]
    features.forEach((feature, k) => {
      for (let j = first; j < end; j++) counts.add(feature, Math.fround(columns[k]![offset + j]!))
    })
  })
}
