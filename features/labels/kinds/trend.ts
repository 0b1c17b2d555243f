/**
 * Trend scanning: López de Prado, "Machine Learning for Asset Managers" (2020), section 5.4. Of the straight lines through the closes of bars t … t+L, L from H1 to H2, the
 * one whose slope has the greatest |t-value|.
 *
 * The choice is made among all lengths, so the label is known with the last of them, at the close of bar t+H2, and not at the end of the length it chose: whoever takes
 * that for `labelEnd` purges too little. Differences from the book: a line without residuals has no t-value and is passed over (the book's 0 would make
 * the strongest trend the weakest); L counts bars after t, the book's span counts points.
 */
import { numberColumn } from '../../../core/frame.ts'
import { seriesLabel, unknownLabels } from '../label.ts'

const bounds = { integer: true, min: 2, max: 99_999 } as const

/** Share of the variation below which residuals are rounding. */
const straight = 1e-12

export const trend = seriesLabel({
  name: 'trend',
  fields: [
    { name: 'shortest', symbol: 'H1', ...bounds },
    { name: 'longest', symbol: 'H2', ...bounds, before: '-' },
  ],
  ...{ entry: 'close', example: 'trend:5-20' },
  doc: 't-value of the slope of a line through the closes of bars t … t+L, at the L from H1 to H2 where its size is greatest (of equal ones the shortest). 0 where the closes do not move; a line without residuals is passed over, NaN where every one is.',
  known: 'close of bar t+H2, since all lengths compete',
  directional: true,
  horizon: ({ longest }) => longest,
  barsAhead: ({ longest }) => longest,
  fault: ({ shortest, longest }) => (shortest > longest ? 'H1 ≤ H2' : undefined),
  columns(bars, { shortest, longest }) {
    const close = numberColumn(bars, 'close')
    const { y, labelEnd } = unknownLabels(bars.length)
    for (let row = 0; row + longest < bars.length; row++) {
      // Sums over the points so far, of d = close − close[t] and of k·d, k the number of bars since t.
      let [sum, squares, products] = [0, 0, 0]
      let [best, bestSlope] = [-1, 0]
      const start = close[row]!
      for (let k = 1; k <= longest; k++) {
        const d = close[row + k]! - start
        sum += d
        squares += d * d
        products += k * d
        if (k < shortest) continue
        const points = k + 1
        const covariation = products - (k / 2) * sum
        const explained = (12 * covariation * covariation) / (points * (points * points - 1))
        const variation = squares - (sum * sum) / points
        const residual = variation - explained
        if (squares > 0 && !(residual > straight * variation)) continue
        const squared = squares > 0 ? (explained * (points - 2)) / residual : 0
        if (squared > best) [best, bestSlope] = [squared, covariation]
      }
      if (best < 0) continue
      y[row] = best === 0 ? 0 : Math.sign(bestSlope) * Math.sqrt(best)
      labelEnd[row] = bars.time[row + longest]!
    }
    return { y, labelEnd }
  },
})
