/**
 * Triple barrier: where a bet that is entered at the next open ends, at a profit barrier, at a stop, or at the vertical limit. Source: López de Prado, "Advances in
 * Financial Machine Learning" (2018), sections 3.4 and 3.6.
 *
 * Differences from the book: the entry is the next open, since the deciding bar's close is no longer to be had; a touch is looked for on highs and lows, not on
 * closes. A bar that opens beyond a barrier ends the bet at its open, whatever it does later. Of both barriers inside one bar the adverse one counts first: bars do not
 * say which came first, and the other choice flatters.
 */
import { numberColumn, type Frame } from '../../core/frame.ts'

export interface BarrierOptions {
  /** The vertical limit is the close of bar t+horizon. */
  readonly horizon: number
  /** Profit barrier and stop, multiples of `volatility`; 0 leaves it out. */
  readonly up: number
  readonly down: number
  /** Volatility of one bar's return, known at each row; no bet where it is NaN or 0. */
  readonly volatility: Float64Array
  /** 1 long, −1 short, 0 or NaN no bet, known at each row; default long. */
  readonly side?: Float64Array
}

export interface BarrierExits {
  /** 1 the profit barrier was touched, −1 the stop, 0 neither until the vertical limit; NaN without a bet or before its end. */
  readonly touch: Float64Array
  /** Return of the bet: side · (exit / entry − 1). */
  readonly earned: Float64Array
  /** Close of the bar in which it ended, milliseconds. */
  readonly labelEnd: Float64Array
}

export function barrierExits(
  bars: Frame,
  { horizon, up, down, volatility, side }: BarrierOptions,
): BarrierExits {
  const open = numberColumn(bars, 'open')
  const high = numberColumn(bars, 'high')
  const low = numberColumn(bars, 'low')
  const close = numberColumn(bars, 'close')
  const { length, time } = bars
  const column = (): Float64Array => new Float64Array(length).fill(NaN)
  const [touch, earned, labelEnd] = [column(), column(), column()]
  for (let row = 0; row + 1 < length; row++) {
    const bet = side === undefined ? 1 : side[row]!
    const unit = volatility[row]!
    const entry = open[row + 1]!
    if (!(unit > 0) || !(entry > 0) || !(bet === 1 || bet === -1)) continue
    const above = bet === 1 ? up : down
    const below = bet === 1 ? down : up
    const upper = above > 0 ? entry * (1 + above * unit) : Infinity
    const lower = below > 0 ? entry * (1 - below * unit) : -Infinity
    const limit = row + horizon
    const end = Math.min(limit, length - 1)
    let reached = 0
    let exit = NaN
    let k = row + 1
    for (; k <= end; k++) {
      const start = open[k]!
      if (start <= lower || start >= upper) {
        reached = start <= lower ? -1 : 1
        exit = start
        break
      }
      const [fell, rose] = [low[k]! <= lower, high[k]! >= upper]
      if (!fell && !rose) continue
      reached = fell && (bet === 1 || !rose) ? -1 : 1
      exit = reached === -1 ? lower : upper
      break
    }
    if (k > limit) {
      k = limit
      exit = close[k]!
    }
    if (!(exit > 0)) continue
    // −0 would be written for a short bet that ends at the limit.
    touch[row] = reached === 0 ? 0 : bet * reached
    earned[row] = bet * (exit / entry - 1)
    labelEnd[row] = time[k]!
  }
  return { touch, earned, labelEnd }
}
