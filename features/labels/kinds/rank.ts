/** Rank of the forward return among the symbols of the moment. */
import { lowerBound } from '../../../core/frame.ts'
import { horizonField } from '../fields.ts'
import { forwardLabel } from '../forward-returns.ts'
import { panelLabel } from '../label.ts'
import { panelLabels } from '../panel-labels.ts'

export const rank = panelLabel({
  ...{ name: 'rank', fields: [horizonField], example: 'rank:5@open' },
  ...forwardLabel,
  doc: '(r − 0.5) / n − 0.5, r from 1 to n the ascending rank of the return among those of the n symbols of the moment over the same span, ties their mean rank. Inside −0.5 … 0.5, mean 0. NaN below two symbols.',
  panel(bars, spec) {
    const room = new Float64Array(bars.length)
    return panelLabels(bars, spec, (returns, out) => {
      centredRanks(returns, out, room.subarray(0, returns.length))
    })
  },
})

function centredRanks(returns: Float64Array, out: Float64Array, sorted: Float64Array): void {
  const n = returns.length
  sorted.set(returns)
  sorted.sort()
  for (let k = 0; k < n; k++) {
    const value = returns[k]!
    const below = lowerBound(sorted, value)
    let upTo = below + 1
    while (upTo < n && sorted[upTo] === value) upTo++
    // Ranks below + 1 … upTo share their mean.
    out[k] = ((below + upTo + 1) / 2 - 0.5) / n - 0.5
  }
}
