/**
 * Builds candlestick shapes with TA-Lib's definitions: 1 where the shape is there and bullish, −1 bearish, 0 where it is not.
 * A row is NaN where one of the rows that its shape or its averages look at is incomplete. Sizes are judged against the bars
 * before (`candle-settings.ts`), each time from those bars alone: a running total, as TA-Lib keeps, decides ties by rounding.
 */
import type { ParameterSpec, SeriesOperator } from '../../../operator.ts'
import { windowIndicator } from '../stages/indicator.ts'
import type { Four } from '../stages/inputs.ts'

export interface Candles {
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
}

export interface CandleState {
  /** Complete rows in a row. */
  run: number
  readonly penetration: number
}

interface CandleDefinition {
  readonly name: string
  readonly doc: string
  /** Rows before the newest that are looked at, averages included. */
  readonly reach: number
  /** How far the last close must reach into the first body, as a share of it, where the shape asks. */
  readonly penetration?: number
  /** The value at row i, all of whose rows are complete. */
  readonly shape: (candles: Candles, i: number, penetration: number) => number
}

export function candle({
  reach,
  penetration,
  shape,
  ...named
}: CandleDefinition): SeriesOperator<CandleState> {
  const params: ParameterSpec[] =
    penetration === undefined
      ? []
      : [{ name: 'penetration', integer: false, min: 0, max: 1, default: penetration }]
  return windowIndicator<CandleState>({
    ...named,
    inputs: ['open', 'high', 'low', 'close'],
    params,
    span: () => reach + 1,
    state: ([share]) => ({ run: 0, penetration: share ?? 0 }),
    advance(state, inputs, from, to, [out]) {
      const [open, high, low, close] = inputs as Four
      const candles = { open, high, low, close }
      for (let i = from; i < to; i++) {
        const whole = open[i]! + high[i]! + low[i]! + close[i]!
        state.run = whole === whole ? Math.min(state.run + 1, reach + 1) : 0
        out![i] = state.run > reach ? shape(candles, i, state.penetration) : NaN
      }
    },
  })
}
