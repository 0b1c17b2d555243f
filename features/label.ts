/**
 * Labels: what a model is asked to foretell, each with the moment at which it is known.
 *
 * `return:H` = close[t+H] / close[t] − 1, known at the close of bar t+H.
 * `return:H@open` = open[t+1+H] / open[t+1] − 1, what a fill at the next open earns, known at the open of bar t+1+H.
 * Look-ahead rule: a label is the only thing that may read later bars, and `labelEnd` says until when.
 */
import { invalid } from '../core/checks.ts'
import { numberColumn, type Frame } from '../core/frame.ts'

export interface Label {
  readonly horizon: number
  readonly price: 'close' | 'open'
}

export interface LabelColumns {
  /** NaN where the bars that end the label are not there, or a price is not positive. */
  readonly y: Float64Array
  /** Milliseconds; NaN where `y` is. */
  readonly labelEnd: Float64Array
}

/** @throws INVALID_VALUE for anything but `return:H` and `return:H@open`, H ≥ 1. */
export function parseLabel(text: string): Label {
  const match = /^return:([1-9]\d{0,4})(@open)?$/.exec(text)
  if (match === null) throw invalid('label', 'return:H or return:H@open with H ≥ 1 bars', text)
  return { horizon: Number(match[1]), price: match[2] === undefined ? 'close' : 'open' }
}

export function formatLabel({ horizon, price }: Label): string {
  return `return:${horizon}${price === 'open' ? '@open' : ''}`
}

/** Labels of one symbol's bars; rows are bars. */
export function labelColumns(bars: Frame, { horizon, price }: Label): LabelColumns {
  const prices = numberColumn(bars, price)
  const known = price === 'open' ? numberColumn(bars, 'openTime') : bars.time
  const shift = price === 'open' ? 1 : 0
  const y = new Float64Array(bars.length).fill(NaN)
  const labelEnd = new Float64Array(bars.length).fill(NaN)
  for (let row = 0; row + shift + horizon < bars.length; row++) {
    const start = prices[row + shift]!
    const end = prices[row + shift + horizon]!
    if (!(start > 0) || !(end > 0)) continue
    y[row] = end / start - 1
    labelEnd[row] = known[row + shift + horizon]!
  }
  return { y, labelEnd }
}
