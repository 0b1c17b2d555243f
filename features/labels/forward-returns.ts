/** Forward returns of one symbol: from the close, or from the next open, over a number of its bars. */
import { numberColumn, type Frame } from '../../core/frame.ts'
import { unknownLabels, type LabelColumns } from './label.ts'
import type { Price } from './text-form.ts'

export interface ForwardSpec {
  readonly horizon: number
  readonly price: Price
}

/**
 * `close`: close[t+H] / close[t] − 1, known at the close of bar t+H. `open`: open[t+1+H] / open[t+1] − 1, what a fill at the next open earns, known at the
 * open of bar t+1+H. NaN where a bar is not there or a price is not positive. Rows are bars.
 */
export function forwardReturns(bars: Frame, { horizon, price }: ForwardSpec): LabelColumns {
  const prices = numberColumn(bars, price)
  const known = price === 'open' ? numberColumn(bars, 'openTime') : bars.time
  const shift = entryShift(price)
  const { y, labelEnd } = unknownLabels(bars.length)
  for (let row = 0; row + shift + horizon < bars.length; row++) {
    const start = prices[row + shift]!
    const end = prices[row + shift + horizon]!
    if (!(start > 0) || !(end > 0)) continue
    y[row] = end / start - 1
    labelEnd[row] = known[row + shift + horizon]!
  }
  return { y, labelEnd }
}

/** Bars from the decision to the entry. */
export function entryShift(price: Price): 0 | 1 {
  return price === 'open' ? 1 : 0
}

/** The parts that every label made of a forward return has. */
export const forwardLabel = {
  entry: 'choice',
  known: 'close of bar t+H; with `@open` open of bar t+1+H',
  directional: true,
  horizon: ({ horizon }: ForwardSpec) => horizon,
  barsAhead: ({ horizon, price }: ForwardSpec) => horizon + entryShift(price),
} as const
