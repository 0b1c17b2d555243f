import { check } from '../../../../core/checks.ts'
import type { Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { factor } from '../stages/parameters.ts'
import { zero } from '../stages/zero.ts'

interface StopState {
  readonly step: number
  readonly maximum: number
  seen: number
  /** 1 long, −1 short. */
  side: number
  stop: number
  extreme: number
  acceleration: number
  /** Prices of the last valid bar. */
  high: number
  low: number
}

/**
 * Wilder (1978). The start is TA-Lib's: the side of the larger directional movement between the first two bars (long where
 * equal), the stop at the first bar's far end. Short is handled as long on prices with the sign turned.
 */
export const parabolicStop = recursiveIndicator<StopState>({
  name: 'SAR',
  doc: 'Parabolic stop and reverse, in price units: trails the trend faster with every new extreme and turns where it is touched; TA-Lib SAR.',
  inputs: ['high', 'low'],
  params: [factor('acceleration', 0.02), factor('maximum', 0.2)],
  check([acceleration, maximum]) {
    const remedy = 'TA-Lib lowers it to maximum without a word.'
    const expected = `at most maximum (${maximum!})`
    check(acceleration! <= maximum!, 'acceleration of SAR', expected, acceleration, remedy)
  },
  reads: 0,
  before: () => 1,
  // Two starts are one from the first turn that they share: on SPX, AAPL and a random walk of 20,000 bars after at most 111
  // rows at a step of 0.02, 187 at 0.01 and 68 at 0.05.
  settles: ([acceleration]) => Math.ceil(50 + 2 / Math.max(acceleration!, 0.002)),
  state: ([step, maximum]) => ({
    step: step!,
    maximum: maximum!,
    ...{ seen: 0, side: 1, stop: zero, extreme: zero, acceleration: step!, high: zero, low: zero },
  }),
  advance(state, inputs, from, to, [out]) {
    const [high, low] = inputs as Two
    for (let i = from; i < to; i++) {
      const whole = high[i]! + low[i]!
      out![i] = whole - whole === 0 ? finite(take(state, high[i]!, low[i]!)) : NaN
    }
  },
})

function take(state: StopState, high: number, low: number): number {
  const previousHigh = state.high
  const previousLow = state.low
  state.high = high
  state.low = low
  state.seen = Math.min(state.seen + 1, 3)
  if (state.seen === 1) return NaN
  if (state.seen === 2) {
    const down = previousLow - low
    state.side = down > 0 && down > high - previousHigh ? -1 : 1
    state.extreme = state.side === 1 ? high : low
    state.stop = state.side === 1 ? previousLow : previousHigh
  }
  // The bar before the second counts as the second itself.
  const earlierHigh = state.seen === 2 ? high : previousHigh
  const earlierLow = state.seen === 2 ? low : previousLow
  const { side } = state
  const far = side === 1 ? high : -low
  const near = side === 1 ? low : -high
  const earlierFar = side === 1 ? earlierHigh : -earlierLow
  const earlierNear = side === 1 ? earlierLow : -earlierHigh
  const stop = side * state.stop
  if (near <= stop) {
    const turned = Math.max(side * state.extreme, earlierFar, far)
    state.side = -side
    state.acceleration = state.step
    state.extreme = side * near
    const next = turned + state.step * (near - turned)
    state.stop = side * Math.max(next, earlierFar, far)
    return side * turned
  }
  if (far > side * state.extreme) {
    state.extreme = side * far
    state.acceleration = Math.min(state.acceleration + state.step, state.maximum)
  }
  const next = stop + state.acceleration * (side * state.extreme - stop)
  state.stop = side * Math.min(next, earlierNear, near)
  return side * stop
}
