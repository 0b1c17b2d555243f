/**
 * Chaikin's accumulation and distribution: volume times where the close stands in its bar's range, −1 at the low to 1 at the
 * high. A bar without a range counts nothing, as in TA-Lib.
 */
import { alphaOf } from '../averages/exponential-chain.ts'
import type { Four } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { expandingIndicator, recursiveIndicator } from '../stages/indicator.ts'
import { checkFasterThan, windowOf } from '../stages/parameters.ts'
import { addTo, runningTotal, totalOf, type RunningTotal } from '../stages/running-total.ts'
import { settlingRows } from '../stages/settling.ts'
import { zero } from '../stages/zero.ts'

const inputs = ['high', 'low', 'close', 'volume'] as const

export const accumulationLine = expandingIndicator<RunningTotal>({
  name: 'AD',
  doc: 'Accumulation / distribution line: all money flow volume since the first row; TA-Lib AD. Use its change: the level depends on where the series begins.',
  inputs,
  reads: 0,
  before: () => 0,
  state: runningTotal,
  advance(state, columns, from, to, [out]) {
    for (let i = from; i < to; i++) {
      const flow = flowOf(columns as Four, i)
      if (flow === flow) addTo(state, flow)
      out![i] = flow === flow ? finite(totalOf(state)) : NaN
    }
  },
})

interface OscillatorState {
  readonly fastKeep: number
  readonly slowKeep: number
  readonly enough: number
  seen: number
  /** How far the line is above its fast and its slow mean. */
  fast: number
  slow: number
}

/**
 * Both means start at the line's first value, as in TA-Lib. What is kept is the distance of the line from its means, which
 * needs no line: d ← (1 − α) (d + flow). So nothing grows with the age of the series.
 */
export const accumulationOscillator = recursiveIndicator<OscillatorState>({
  name: 'ADOSC',
  doc: 'Chaikin oscillator, in units of volume: EMA(fast) − EMA(slow) of the accumulation / distribution line; TA-Lib ADOSC.',
  inputs,
  params: [windowOf(3, { name: 'fast' }), windowOf(10, { name: 'slow' })],
  check: (params) => {
    checkFasterThan('ADOSC', params)
  },
  reads: 0,
  before: ([, slow]) => slow! - 1,
  settles: ([, slow]) => settlingRows(alphaOf(slow!), 1),
  state: ([fast, slow]) => ({
    fastKeep: 1 - alphaOf(fast!),
    slowKeep: 1 - alphaOf(slow!),
    enough: slow!,
    ...{ seen: 0, fast: zero, slow: zero },
  }),
  advance(state, columns, from, to, [out]) {
    for (let i = from; i < to; i++) {
      out![i] = NaN
      const flow = flowOf(columns as Four, i)
      if (flow !== flow) continue
      if (state.seen > 0) {
        state.fast = state.fastKeep * (state.fast + flow)
        state.slow = state.slowKeep * (state.slow + flow)
      }
      state.seen = Math.min(state.seen + 1, state.enough)
      if (state.seen === state.enough) out![i] = finite(state.slow - state.fast)
    }
  },
})

/** Money flow volume of a bar; NaN where a part of it is missing. */
function flowOf([high, low, close, volume]: Four, i: number): number {
  const range = high[i]! - low[i]!
  const side = close[i]! - low[i]! - (high[i]! - close[i]!)
  return finite((range > 0 ? side / range : 0 * (side + range)) * volume[i]!)
}
