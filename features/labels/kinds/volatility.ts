/** Realised volatility of the bars to come: Andersen, Bollerslev, Diebold, Labys, "Modeling and forecasting realized volatility", Econometrica 71 (2003), per bar. */
import { numberColumn } from '../../../core/frame.ts'
import { horizonField } from '../fields.ts'
import { seriesLabel, unknownLabels } from '../label.ts'

export const volatility = seriesLabel({
  ...{ name: 'volatility', fields: [horizonField], entry: 'close', example: 'volatility:20' },
  doc: '√(Σ ln(close[t+k] / close[t+k−1])² / H), k from 1 to H: of one bar, about a mean of 0.',
  known: 'close of bar t+H',
  directional: false,
  horizon: ({ horizon }) => horizon,
  barsAhead: ({ horizon }) => horizon,
  columns(bars, { horizon }) {
    const { y, labelEnd } = unknownLabels(bars.length)
    const sums = windowSums(squaredReturns(numberColumn(bars, 'close')), horizon)
    for (let row = 0; row + horizon < bars.length; row++) {
      const sum = sums(row + 1)
      if (!(sum === sum)) continue
      y[row] = Math.sqrt(sum / horizon)
      labelEnd[row] = bars.time[row + horizon]!
    }
    return { y, labelEnd }
  },
})

function squaredReturns(close: Float64Array): Float64Array {
  const out = new Float64Array(close.length).fill(NaN)
  for (let row = 1; row < close.length; row++) {
    const [before, now] = [close[row - 1]!, close[row]!]
    if (before > 0 && now > 0) out[row] = Math.log(now / before) ** 2
  }
  return out
}

/**
 * Sum of the `size` values from a row on, without a subtraction, so that nothing cancels and a NaN stays in the windows that hold it: the values are cut into
 * blocks of `size`, and a window is the end of one block and the beginning of the next.
 */
function windowSums(values: Float64Array, size: number): (from: number) => number {
  const { length } = values
  const begin = Float64Array.from(values)
  const end = Float64Array.from(values)
  for (let i = 1; i < length; i++) if (i % size !== 0) begin[i]! += begin[i - 1]!
  for (let i = length - 2; i >= 0; i--) if ((i + 1) % size !== 0) end[i]! += end[i + 1]!
  return (from) => (from % size === 0 ? end[from]! : end[from]! + begin[from + size - 1]!)
}
