/** Numbers that kernels keep, as they are before any row. */

/** `count` times NaN, which makes whatever takes it in missing. */
export function missing(count: number): readonly number[] {
  return Array.from({ length: count }, () => NaN)
}

/**
 * Sums of `kinds` quantities over a block, and over the block before from each of its rows to its end; the last, of no rows, are 0.
 * There is no block before at first.
 */
export function blockSums(window: number, kinds = 1): readonly number[] {
  const none = Array.from({ length: kinds }, () => 0)
  return [...none, ...missing(kinds * window), ...none]
}
