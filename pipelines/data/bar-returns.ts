/** Log returns of the bars of a dataset's rows, for weights that are made of them. */
import { numberColumn, type Frame } from '../../core/frame.ts'
import type { Dataset } from '../../features/index.ts'

/**
 * One value a row: ln(close / close of the bar before), NaN where a close is not positive or there is no bar before. The rows of a symbol are the last bars of its frame.
 */
export function barReturns({ rows, symbol }: Dataset, bars: readonly Frame[]): Float64Array {
  const out = new Float64Array(rows).fill(NaN)
  let end = 0
  for (const [s, frame] of bars.entries()) {
    const start = end
    while (end < rows && symbol[end] === s) end++
    const close = numberColumn(frame, 'close')
    const ahead = frame.length - (end - start)
    for (let row = start; row < end; row++) {
      const bar = ahead + row - start
      const [before, now] = [close[bar - 1] ?? NaN, close[bar]!]
      if (before > 0 && now > 0) out[row] = Math.log(now / before)
    }
  }
  return out
}
