/**
 * Trailing barrier: a long position entered at the next open with a stop that follows the highest price so far.
 *
 * The stop of a bar follows the bars before it: whether a bar's high came before its low is not known, and the low first is the adverse order.
 */
import { numberColumn } from '../../../core/frame.ts'
import { barVolatility } from '../bar-volatility.ts'
import { horizonField, volatilityField } from '../fields.ts'
import { seriesLabel, unknownLabels } from '../label.ts'

export const trailing = seriesLabel({
  name: 'trailing',
  fields: [
    horizonField,
    { name: 'multiple', symbol: 'MULT', integer: false, min: 0, max: 1_000 },
    volatilityField,
  ],
  ...{ entry: 'open', example: 'trailing:20:3' },
  doc: 'exit / open[t+1] − 1: the exit is the stop, peak·(1 − MULT·σ) with the highest price from open[t+1] to the bar before, the open of a bar that opens below it, or close[t+H]; σ as for `barrier`. NaN where σ is unknown or 0.',
  known: 'close of the bar that met the stop; without one close of bar t+H',
  directional: true,
  horizon: ({ horizon }) => horizon,
  barsAhead: ({ horizon }) => horizon,
  barsBefore: ({ volatilityBars }) => volatilityBars,
  fault: ({ multiple }) => (multiple > 0 ? undefined : 'MULT above 0'),
  columns(bars, { horizon, multiple, volatilityBars }) {
    const open = numberColumn(bars, 'open')
    const high = numberColumn(bars, 'high')
    const low = numberColumn(bars, 'low')
    const close = numberColumn(bars, 'close')
    const volatility = barVolatility(bars, volatilityBars)
    const { y, labelEnd } = unknownLabels(bars.length)
    for (let row = 0; row + 1 < bars.length; row++) {
      const entry = open[row + 1]!
      if (!(volatility[row]! > 0) || !(entry > 0)) continue
      const share = 1 - multiple * volatility[row]!
      const limit = row + horizon
      let peak = entry
      let exit = NaN
      let k = row + 1
      for (; k <= limit && k < bars.length; k++) {
        const stop = peak * share
        if (low[k]! <= stop || open[k]! <= stop) {
          exit = Math.min(open[k]!, stop)
          break
        }
        peak = Math.max(peak, open[k]!, high[k]!)
      }
      if (k > limit) {
        k = limit
        exit = close[k]!
      }
      if (!(exit > 0)) continue
      y[row] = exit / entry - 1
      labelEnd[row] = bars.time[k]!
    }
    return { y, labelEnd }
  },
})
