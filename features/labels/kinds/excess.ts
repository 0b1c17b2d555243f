/** Forward return less that of the symbols it is among. */
import { horizonField } from '../fields.ts'
import { forwardLabel } from '../forward-returns.ts'
import { panelLabel } from '../label.ts'
import { panelLabels } from '../panel-labels.ts'

export const excess = panelLabel({
  ...{ name: 'excess', fields: [horizonField], example: 'excess:5@open' },
  ...forwardLabel,
  doc: 'return less the mean return, equally weighted, of all symbols of the moment over the same span. NaN below two symbols.',
  panel: (bars, spec) => panelLabels(bars, spec, lessMean),
})

function lessMean(returns: Float64Array, out: Float64Array): void {
  let sum = 0
  for (const value of returns) sum += value
  const mean = sum / returns.length
  for (let k = 0; k < returns.length; k++) out[k] = returns[k]! - mean
}
