/**
 * Windows in O(1) a row without subtraction: rows are cut into blocks as long as the window, and a window is a suffix of the
 * block before plus a prefix of the current one (van Herk 1992, Gil and Werman 1993, for maxima; the same cut serves sums).
 * Nothing leaves an accumulator, so that nothing of a value 10⁴ times as large stays behind, and bar 10⁷ is as exact as bar
 * 10²: the sum over a window is made of that window's values alone.
 *
 * Sums of squares and products are taken about an anchor, the newest value at the start of the block. Where they still cancel
 * (their part above the mean is below `cancellation` of them) there are two passes over the window instead.
 */
import type { OperatorOptions, OperatorParams } from '../../operator.ts'

/** Leaves 12 of 16 digits in a difference of sums. */
export const cancellation = 1e-4

/** The numbers that every state begins with: the window, and the valid rows that a value takes. */
export function windowState(
  [window]: OperatorParams,
  { emitPartial }: OperatorOptions,
  minPeriods = 1,
): readonly [window: number, required: number] {
  return [window!, emitPartial ? Math.min(minPeriods, window!) : window!]
}

/**
 * Room for `kinds` quantities of a block from each row to its end; entry `window` of each is that of no row, as are all before
 * the first block.
 */
export function suffixes(window: number, kinds = 1, none = 0): readonly number[] {
  return new Array<number>(kinds * (window + 1)).fill(none)
}
