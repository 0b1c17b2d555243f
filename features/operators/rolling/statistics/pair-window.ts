/**
 * Means, spreads and co-spread of the last `window` pairs in O(1) a row, as `moment-window.ts` does it for one value: a pair need
 * not stand in two input columns. A pair with a missing side takes its place in the window and is not counted.
 */
import { cancellation } from '../block-window.ts'
import { varies } from './moment-window.ts'

export interface PairWindow {
  readonly window: number
  /** The window's x, its y, then Σdx, Σdy, Σdx², Σdy², Σdx dy from each place of the block before to its end. */
  readonly data: Float64Array
  at: number
  anchorX: number
  anchorY: number
  sumX: number
  sumY: number
  sumXX: number
  sumYY: number
  sumXY: number
  /** Of the window that the newest pair ends. Spreads are sums of squared deviations; 0 where only rounding varies. */
  count: number
  meanX: number
  meanY: number
  spreadX: number
  spreadY: number
  cross: number
}

/** One object literal, without spreads: states of one shape keep the loops of all who use them compiled. */
export function pairWindow(window: number): PairWindow {
  return {
    window,
    data: new Float64Array(2 * window + 5 * (window + 1)).fill(NaN, 0, 2 * window),
    at: 0,
    anchorX: NaN,
    anchorY: NaN,
    sumX: 0,
    sumY: 0,
    sumXX: 0,
    sumYY: 0,
    sumXY: 0,
    count: 0,
    meanX: NaN,
    meanY: NaN,
    spreadX: NaN,
    spreadY: NaN,
    cross: NaN,
  }
}

/** Takes the next pair; the sums are then of the window that it ends. */
export function pushPair(state: PairWindow, x: number, y: number): void {
  const { window, data } = state
  const left = data[state.at]!
  if (left === left) state.count--
  const both = x + y
  const valid = both === both
  data[state.at] = valid ? x : NaN
  data[window + state.at] = valid ? y : NaN
  const at = ++state.at
  if (valid) {
    state.count++
    if (state.anchorX !== state.anchorX) {
      state.anchorX = x
      state.anchorY = y
    }
    const dx = x - state.anchorX
    const dy = y - state.anchorY
    state.sumX += dx
    state.sumY += dy
    state.sumXX += dx * dx
    state.sumYY += dy * dy
    state.sumXY += dx * dy
  }
  const step = window + 1
  const first = 2 * window + at
  const sumX = state.sumX + data[first]!
  const sumY = state.sumY + data[first + step]!
  const sumXX = state.sumXX + data[first + 2 * step]!
  const sumYY = state.sumYY + data[first + 3 * step]!
  const shiftX = sumX / state.count
  const shiftY = sumY / state.count
  state.spreadX = sumXX - sumX * shiftX
  state.spreadY = sumYY - sumY * shiftY
  if (state.spreadX > cancellation * sumXX && state.spreadY > cancellation * sumYY) {
    state.meanX = state.anchorX + shiftX
    state.meanY = state.anchorY + shiftY
    state.cross = state.sumXY + data[first + 4 * step]! - sumX * shiftY
  } else fromPairs(state)
  if (at === window) completeBlock(state, x, y, valid)
}

function completeBlock(state: PairWindow, x: number, y: number, valid: boolean): void {
  const { window, data } = state
  if (valid) {
    state.anchorX = x
    state.anchorY = y
  }
  const step = window + 1
  const { anchorX, anchorY } = state
  let sumX = 0
  let sumY = 0
  let sumXX = 0
  let sumYY = 0
  let sumXY = 0
  for (let k = window - 1; k >= 0; k--) {
    const dx = data[k]! - anchorX
    const dy = data[window + k]! - anchorY
    if (dx === dx) {
      sumX += dx
      sumY += dy
      sumXX += dx * dx
      sumYY += dy * dy
      sumXY += dx * dy
    }
    const place = 2 * window + k
    data[place] = sumX
    data[place + step] = sumY
    data[place + 2 * step] = sumXX
    data[place + 3 * step] = sumYY
    data[place + 4 * step] = sumXY
  }
  state.at = 0
  state.sumX = state.sumY = state.sumXX = state.sumYY = state.sumXY = 0
}

function fromPairs(state: PairWindow): void {
  const { window, data, anchorX, anchorY } = state
  let totalX = 0
  let totalY = 0
  let count = 0
  for (let k = 0; k < window; k++) {
    if (data[k] !== data[k]) continue
    totalX += data[k]! - anchorX
    totalY += data[window + k]! - anchorY
    count++
  }
  const meanX = anchorX + totalX / count
  const meanY = anchorY + totalY / count
  let restX = 0
  let restY = 0
  let spreadX = 0
  let spreadY = 0
  let cross = 0
  for (let k = 0; k < window; k++) {
    const dx = data[k]! - meanX
    const dy = data[window + k]! - meanY
    if (dx !== dx) continue
    restX += dx
    restY += dy
    spreadX += dx * dx
    spreadY += dy * dy
    cross += dx * dy
  }
  spreadX -= (restX * restX) / count
  spreadY -= (restY * restY) / count
  state.meanX = meanX
  state.meanY = meanY
  state.spreadX = varies(spreadX, count, meanX) ? spreadX : 0
  state.spreadY = varies(spreadY, count, meanY) ? spreadY : 0
  state.cross = state.spreadX > 0 && state.spreadY > 0 ? cross - (restX * restY) / count : 0
}

/** Pearson correlation of the window's pairs; NaN where either side does not vary. Rounding may lead a little beyond 1. */
export function correlationOf({ spreadX, spreadY, cross }: PairWindow): number {
  const value = cross / Math.sqrt(spreadX * spreadY)
  return value > 1 ? 1 : value < -1 ? -1 : value
}
