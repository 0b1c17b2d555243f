/** Logarithmic forward return. */
import { horizonField } from '../fields.ts'
import { forwardLabel, forwardReturns } from '../forward-returns.ts'
import { seriesLabel } from '../label.ts'

export const logReturn = seriesLabel({
  ...{ name: 'log-return', fields: [horizonField], example: 'log-return:5' },
  ...forwardLabel,
  doc: 'ln(1 + return).',
  columns(bars, spec) {
    const { y, labelEnd } = forwardReturns(bars, spec)
    for (let row = 0; row < y.length; row++) y[row] = Math.log1p(y[row]!)
    return { y, labelEnd }
  },
})
