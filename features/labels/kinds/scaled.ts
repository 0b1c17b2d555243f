/** Forward return in units of the volatility known at the decision. */
import { barVolatility } from '../bar-volatility.ts'
import { horizonField, volatilityField } from '../fields.ts'
import { forwardLabel, forwardReturns } from '../forward-returns.ts'
import { seriesLabel } from '../label.ts'

const { default: _, ...requiredVolatility } = volatilityField

export const scaled = seriesLabel({
  ...{ name: 'scaled', fields: [horizonField, requiredVolatility], example: 'scaled:5@open:20' },
  ...forwardLabel,
  doc: 'return / (σ·√H), σ the volatility of one bar known at t over W bars. NaN where σ is unknown or 0.',
  barsBefore: ({ volatilityBars }) => volatilityBars,
  columns(bars, spec) {
    const { y, labelEnd } = forwardReturns(bars, spec)
    const unit = barVolatility(bars, spec.volatilityBars)
    const root = Math.sqrt(spec.horizon)
    for (let row = 0; row < y.length; row++) {
      y[row] = unit[row]! > 0 ? y[row]! / (unit[row]! * root) : NaN
      if (!(y[row] === y[row])) labelEnd[row] = NaN
    }
    return { y, labelEnd }
  },
})
