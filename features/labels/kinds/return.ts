/** Simple forward return. */
import { horizonField } from '../fields.ts'
import { forwardLabel, forwardReturns } from '../forward-returns.ts'
import { seriesLabel } from '../label.ts'

export const simpleReturn = seriesLabel({
  ...{ name: 'return', fields: [horizonField], example: 'return:5@open' },
  ...forwardLabel,
  doc: 'close[t+H] / close[t] − 1; with `@open` open[t+1+H] / open[t+1] − 1, what a fill at the next open earns.',
  columns: forwardReturns,
})
