/** Builds the correlation and covariance of two columns over the last `window` rows on block windows; rows with both values count. */
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { blockState, cancellation, suffixes, type BlockState } from './block-window.ts'

export interface CoMomentState extends BlockState {
  readonly correlate: number
  anchorX: number
  anchorY: number
  /** Σx, Σy, Σx², Σy², Σxy of the current block. */
  sumX: number
  sumY: number
  sumXX: number
  sumYY: number
  sumXY: number
  /** The same from each row of the block before to its end, one after the other. */
  readonly suffix: Float64Array
}

export function coMoment(
  name: string,
  doc: string,
  { correlate }: { correlate: boolean },
): SeriesOperator<CoMomentState> {
  return {
    name,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 2,
    doc,
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options, 2),
      correlate: correlate ? 1 : 0,
      anchorX: NaN,
      anchorY: NaN,
      ...{ sumX: 0, sumY: 0, sumXX: 0, sumYY: 0, sumXY: 0 },
      suffix: suffixes(params[0]!, 5),
    }),
    advance(state, [inputX, inputY], from, to, [out]) {
      const x = inputX!
      const y = inputY!
      const { window, required, correlate, suffix } = state
      const step = window + 1
      let { phase, valid, anchorX, anchorY, sumX, sumY, sumXX, sumYY, sumXY } = state
      for (let i = from; i < to; i++) {
        const both = x[i]! + y[i]!
        if (both === both) {
          if (anchorX !== anchorX) {
            anchorX = x[i]!
            anchorY = y[i]!
          }
          const dx = x[i]! - anchorX
          const dy = y[i]! - anchorY
          sumX += dx
          sumY += dy
          sumXX += dx * dx
          sumYY += dy * dy
          sumXY += dx * dy
          valid++
        }
        if (i >= window) {
          const left = x[i - window]! + y[i - window]!
          if (left === left) valid--
        }
        phase++
        let value = NaN
        if (valid >= required) {
          const totalX = sumX + suffix[phase]!
          const totalY = sumY + suffix[step + phase]!
          const squaresX = sumXX + suffix[2 * step + phase]!
          const squaresY = sumYY + suffix[3 * step + phase]!
          const spreadX = squaresX - (totalX * totalX) / valid
          const spreadY = squaresY - (totalY * totalY) / valid
          if (spreadX > cancellation * squaresX && spreadY > cancellation * squaresY) {
            const cross = sumXY + suffix[4 * step + phase]! - (totalX * totalY) / valid
            value =
              correlate === 1 ? bounded(cross / Math.sqrt(spreadX * spreadY)) : cross / (valid - 1)
          } else value = direct(x, y, i, window, correlate)
          value = finite(value)
        }
        out![i] = value
        if (phase < window) continue
        phase = 0
        sumX = sumY = sumXX = sumYY = sumXY = 0
        if (both === both) {
          anchorX = x[i]!
          anchorY = y[i]!
        }
        let totalX = 0
        let totalY = 0
        let squaresX = 0
        let squaresY = 0
        let cross = 0
        for (let j = window - 1; j >= 0; j--) {
          const dx = x[i - window + 1 + j]! - anchorX
          const dy = y[i - window + 1 + j]! - anchorY
          const product = dx * dy
          if (product === product) {
            totalX += dx
            totalY += dy
            squaresX += dx * dx
            squaresY += dy * dy
            cross += product
          }
          suffix[j] = totalX
          suffix[step + j] = totalY
          suffix[2 * step + j] = squaresX
          suffix[3 * step + j] = squaresY
          suffix[4 * step + j] = cross
        }
      }
      state.phase = phase
      state.valid = valid
      state.anchorX = anchorX
      state.anchorY = anchorY
      state.sumX = sumX
      state.sumY = sumY
      state.sumXX = sumXX
      state.sumYY = sumYY
      state.sumXY = sumXY
    },
  }
}

/** Rounding may lead a correlation a little beyond 1. */
function bounded(value: number): number {
  return value > 1 ? 1 : value < -1 ? -1 : value
}

function direct(
  x: Float64Array,
  y: Float64Array,
  row: number,
  window: number,
  correlate: number,
): number {
  const start = Math.max(0, row + 1 - window)
  let meanX = 0
  let meanY = 0
  let valid = 0
  for (let i = start; i <= row; i++) {
    const both = x[i]! + y[i]!
    if (both !== both) continue
    meanX += x[i]!
    meanY += y[i]!
    valid++
  }
  meanX /= valid
  meanY /= valid
  let cross = 0
  let spreadX = 0
  let spreadY = 0
  for (let i = start; i <= row; i++) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    const product = dx * dy
    if (product !== product) continue
    cross += product
    spreadX += dx * dx
    spreadY += dy * dy
  }
  if (correlate === 0) return cross / (valid - 1)
  // Rounding leaves about 1e-16 of the level where a column is constant; below 1e-12 of it there is no variation.
  if (spreadX <= 1e-24 * valid * meanX * meanX || spreadY <= 1e-24 * valid * meanY * meanY)
    return NaN
  return bounded(cross / Math.sqrt(spreadX * spreadY))
}
