/** Volume-weighted mean of typical prices, over a window of rows or since the session began. NaN where nothing was traded. */
import type { Five, Four } from '../stages/inputs.ts'
import { typicalPrice } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { expandingIndicator, windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { restartSum, slideSum, slidingSum, type SlidingSum } from '../stages/sliding-sum.ts'
import { zero } from '../stages/zero.ts'

interface RollingState {
  readonly money: SlidingSum
  readonly volume: SlidingSum
}

export const rollingVolumeWeightedPrice = windowIndicator<RollingState>({
  name: 'VWAP',
  doc: 'Volume-weighted mean of the typical prices of window rows, in price units; NaN where nothing was traded.',
  inputs: ['high', 'low', 'close', 'volume'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => ({ money: slidingSum(window!), volume: slidingSum(window!) }),
  advance({ money, volume }, inputs, from, to, [out]) {
    const [high, low, close, traded] = inputs as Four
    for (let i = from; i < to; i++) {
      const amount = traded[i]!
      const spent = typicalPrice(high[i]!, low[i]!, close[i]!) * amount
      if (spent - spent === 0) {
        const total = slideSum(volume, amount)
        const price = slideSum(money, spent) / total
        out![i] = total > 0 ? finite(price) : NaN
        continue
      }
      restartSum(money)
      restartSum(volume)
      out![i] = NaN
    }
  },
})

const dayMs = 86_400_000
const hourMs = 3_600_000

interface SessionState {
  readonly offsetMs: number
  session: number
  money: number
  volume: number
}

/**
 * The session is the calendar day at a fixed offset from UTC. `time` is the decision moment, the close of the bar, so a bar
 * that ends at midnight belongs to the day that ends there.
 */
export const sessionVolumeWeightedPrice = expandingIndicator<SessionState>({
  name: 'SessionVWAP',
  doc: 'Volume-weighted mean of typical prices since the day began, in price units; the day is that of $time (milliseconds) at utcOffsetHours; NaN until something is traded in it.',
  inputs: ['time', 'high', 'low', 'close', 'volume'],
  params: [{ name: 'utcOffsetHours', integer: false, min: -14, max: 14, default: 0 }],
  reads: 0,
  before: () => 0,
  state: ([utcOffsetHours]) => ({
    offsetMs: utcOffsetHours! * hourMs,
    ...{ session: NaN, money: zero, volume: zero },
  }),
  advance(state, inputs, from, to, [out]) {
    const [time, high, low, close, volume] = inputs as Five
    for (let i = from; i < to; i++) {
      const session = Math.ceil((time[i]! + state.offsetMs) / dayMs)
      if (session !== state.session) {
        state.session = session
        state.money = 0
        state.volume = 0
      }
      const spent = typicalPrice(high[i]!, low[i]!, close[i]!) * volume[i]!
      out![i] = NaN
      if (spent - spent !== 0) continue
      state.money += spent
      state.volume += volume[i]!
      if (state.volume > 0) out![i] = finite(state.money / state.volume)
    }
  },
})
