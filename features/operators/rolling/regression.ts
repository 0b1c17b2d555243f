/**
 * Builds the least-squares line through the last `window` values against their positions 0, 1, 2 …: its slope, the share of
 * variance that it explains, or what it leaves at the newest row. Block windows where all values are there, two passes where
 * some are missing or the sums cancel.
 */
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { blockState, cancellation, suffixes, type BlockState } from './block-window.ts'

const quantities = { slope: 0, rSquare: 1, residual: 2 } as const

export interface RegressionState extends BlockState {
  readonly quantity: number
  anchor: number
  sum: number
  squares: number
  products: number
  readonly sumSuffix: Float64Array
  readonly squareSuffix: Float64Array
  readonly productSuffix: Float64Array
}

export function regression(
  name: string,
  doc: string,
  quantity: keyof typeof quantities,
): SeriesOperator<RegressionState> {
  return {
    name,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 1,
    doc,
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options, 2),
      quantity: quantities[quantity],
      anchor: NaN,
      sum: 0,
      squares: 0,
      products: 0,
      sumSuffix: suffixes(params[0]!),
      squareSuffix: suffixes(params[0]!),
      productSuffix: suffixes(params[0]!),
    }),
    advance(state, [input], from, to, [out]) {
      const y = input!
      const { window, required, sumSuffix, squareSuffix, productSuffix } = state
      const wanted = state.quantity
      const spreadX = (window * (window * window - 1)) / 12
      const middle = (window - 1) / 2
      let { phase, valid, anchor, sum, squares, products } = state
      for (let i = from; i < to; i++) {
        const entering = y[i]!
        if (entering === entering) {
          if (anchor !== anchor) anchor = entering
          const deviation = entering - anchor
          sum += deviation
          squares += deviation * deviation
          // Positions count from the start of the block before.
          products += (window + phase) * deviation
          valid++
        }
        if (i >= window && y[i - window] === y[i - window]) valid--
        phase++
        let value = NaN
        if (valid === window) {
          const total = sum + sumSuffix[phase]!
          const cross = products + productSuffix[phase]! - (phase + middle) * total
          const second = squares + squareSuffix[phase]!
          const spread = second - (total * total) / window
          if (!(spread > cancellation * second)) value = direct(y, i, window, wanted)
          else if (wanted === quantities.slope) value = cross / spreadX
          else if (wanted === quantities.rSquare) {
            value = explained(cross, spreadX, spread)
          } else value = entering - anchor - total / window - (cross / spreadX) * middle
          value = finite(value)
        } else if (valid >= required) value = finite(direct(y, i, window, wanted))
        out![i] = value
        if (phase < window) continue
        phase = 0
        sum = 0
        squares = 0
        products = 0
        if (entering === entering) anchor = entering
        let total = 0
        let second = 0
        let cross = 0
        for (let j = window - 1; j >= 0; j--) {
          const deviation = y[i - window + 1 + j]! - anchor
          if (deviation === deviation) {
            total += deviation
            second += deviation * deviation
            cross += j * deviation
          }
          sumSuffix[j] = total
          squareSuffix[j] = second
          productSuffix[j] = cross
        }
      }
      state.phase = phase
      state.valid = valid
      state.anchor = anchor
      state.sum = sum
      state.squares = squares
      state.products = products
    },
  }
}

function explained(cross: number, spreadX: number, spreadY: number): number {
  return Math.min(1, (cross * cross) / (spreadX * spreadY))
}

function direct(y: Float64Array, row: number, window: number, wanted: number): number {
  const start = Math.max(0, row + 1 - window)
  let valid = 0
  let meanX = 0
  let meanY = 0
  for (let i = start; i <= row; i++) {
    if (y[i] !== y[i]) continue
    valid++
    meanX += i - start
    meanY += y[i]!
  }
  meanX /= valid
  meanY /= valid
  let cross = 0
  let spreadX = 0
  let spreadY = 0
  for (let i = start; i <= row; i++) {
    const dy = y[i]! - meanY
    if (dy !== dy) continue
    const dx = i - start - meanX
    cross += dx * dy
    spreadX += dx * dx
    spreadY += dy * dy
  }
  // Rounding leaves about 1e-16 of the level where nothing varies; below 1e-13 of it there is no variation.
  const still = spreadY <= 1e-26 * valid * meanY * meanY
  if (wanted === quantities.rSquare) return still ? NaN : explained(cross, spreadX, spreadY)
  const slope = still ? 0 : cross / spreadX
  return wanted === quantities.slope ? slope : y[row]! - meanY - slope * (row - start - meanX)
}
