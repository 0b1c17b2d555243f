/**
 * The family of second moments and of the least-squares line of the last `window` values: sums of deviations from an anchor, of
 * their squares, and of their products with the position, on block windows. Standard deviation, variance, slope, R² and residual
 * of one column and window are one pass.
 */
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { blockState, cancellation, suffixes, type BlockState } from './block-window.ts'

export const lineQuantities = ['Std', 'Var', 'Slope', 'Rsquare', 'Resi'] as const
export type LineQuantity = (typeof lineQuantities)[number]

export interface LineState extends BlockState {
  /** Output of each quantity, −1 where it is not wanted. */
  readonly places: Int32Array
  anchor: number
  sum: number
  squares: number
  products: number
  /** Σd, Σd², Σ position · d from each row of the block before to its end, one after the other. */
  readonly suffix: Float64Array
}

const line: OperatorFamily = {
  name: 'line',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

/** One quantity as an operator of its own. */
export function lineOperator(name: LineQuantity, doc: string): SeriesOperator<LineState> {
  return { ...joined([{ operator: name, params: [] }]), name, doc, family: line }
}

function joined(members: readonly FamilyMember[]): SeriesOperator<LineState> {
  const wanted = members.map(({ operator }) => operator)
  // One array for all states: it never changes.
  const places = Int32Array.from(lineQuantities, (quantity) => wanted.indexOf(quantity))
  return {
    name: `Line(${wanted.join()})`,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 1,
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Moments and line of a window in one pass.',
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options, 2),
      places,
      anchor: NaN,
      sum: 0,
      squares: 0,
      products: 0,
      suffix: suffixes(params[0]!, 3),
    }),
    advance,
  }
}

function advance(
  state: LineState,
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const y = inputs[0]!
  const { window, required, suffix, places } = state
  const squareAt = window + 1
  const productAt = 2 * squareAt
  const deviationOut = outs[places[0]!]
  const varianceOut = outs[places[1]!]
  const slopeOut = outs[places[2]!]
  const rSquareOut = outs[places[3]!]
  const residualOut = outs[places[4]!]
  const hasLine = slopeOut !== undefined || rSquareOut !== undefined || residualOut !== undefined
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
    let spread = NaN
    let slope = NaN
    let share = NaN
    let residual = NaN
    if (valid >= required) {
      const total = sum + suffix[phase]!
      const second = squares + suffix[squareAt + phase]!
      spread = second - (total * total) / valid
      const cancels = !(spread > cancellation * second)
      if (cancels) spread = squaredDeviations(y, i, window)
      if (hasLine) {
        if (cancels || valid < window) {
          slope = directLine(y, i, window, 0)
          share = directLine(y, i, window, 1)
          residual = directLine(y, i, window, 2)
        } else {
          const cross = products + suffix[productAt + phase]! - (phase + middle) * total
          slope = cross / spreadX
          share = explained(cross, spreadX, spread)
          residual = entering - anchor - total / window - slope * middle
        }
      }
    }
    const variance = spread / (valid - 1)
    if (deviationOut !== undefined) deviationOut[i] = finite(Math.sqrt(variance))
    if (varianceOut !== undefined) varianceOut[i] = finite(variance)
    if (slopeOut !== undefined) slopeOut[i] = finite(slope)
    if (rSquareOut !== undefined) rSquareOut[i] = finite(share)
    if (residualOut !== undefined) residualOut[i] = finite(residual)
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
      suffix[j] = total
      suffix[squareAt + j] = second
      suffix[productAt + j] = cross
    }
  }
  state.phase = phase
  state.valid = valid
  state.anchor = anchor
  state.sum = sum
  state.squares = squares
  state.products = products
}

/** Two passes, with the rounding of the mean corrected (Chan, Golub, LeVeque 1983): exactly 0 for a constant window. */
function squaredDeviations(x: Float64Array, row: number, window: number): number {
  const start = Math.max(0, row + 1 - window)
  let first = NaN
  let total = 0
  let valid = 0
  for (let i = start; i <= row; i++) {
    if (x[i] !== x[i]) continue
    if (first !== first) first = x[i]!
    total += x[i]! - first
    valid++
  }
  const mean = first + total / valid
  let squares = 0
  let residual = 0
  for (let i = start; i <= row; i++) {
    const deviation = x[i]! - mean
    if (deviation !== deviation) continue
    squares += deviation * deviation
    residual += deviation
  }
  return Math.max(0, squares - (residual * residual) / valid)
}

function explained(cross: number, spreadX: number, spreadY: number): number {
  return Math.min(1, (cross * cross) / (spreadX * spreadY))
}

/** Slope (0), R² (1) or newest residual (2) in two passes over the values there are. */
function directLine(y: Float64Array, row: number, window: number, quantity: number): number {
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
  if (quantity === 1) return still ? NaN : explained(cross, spreadX, spreadY)
  const slope = still ? 0 : cross / spreadX
  return quantity === 0 ? slope : y[row]! - meanY - slope * (row - start - meanX)
}
