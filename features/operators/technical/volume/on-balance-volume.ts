import type { Two } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { expandingIndicator } from '../stages/indicator.ts'
import { lostIn, runningTotal, type RunningTotal } from '../stages/running-total.ts'

/** Granville (1963). The first row counts its whole volume, as in TA-Lib. */
export const onBalanceVolume = expandingIndicator<RunningTotal>({
  name: 'OBV',
  doc: 'On-balance volume: all volume since the first row, counted up where the close rose and down where it fell; TA-Lib OBV. Use its change: the level depends on where the series begins.',
  inputs: ['close', 'volume'],
  reads: 1,
  before: () => 0,
  state: runningTotal,
  advance(state, inputs, from, to, [out]) {
    const [close, volume] = inputs as Two
    countRows(state, close, volume, from, to, out!)
  },
})

/** The total of rows [from, to). */
function countRows(
  state: RunningTotal,
  close: Float64Array,
  volume: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  let { seen, total, carry } = state
  let previous = from >= 1 ? close[from - 1]! : NaN
  for (let i = from; i < to; i++) {
    const last = close[i]!
    const amount = volume[i]!
    const change = seen === 0 ? last - last + 1 : last - previous
    previous = last
    const whole = change + amount
    if (whole - whole !== 0) {
      out[i] = NaN
      continue
    }
    seen = 1
    // Not a branch: the side is a coin toss, which would be mispredicted every other time.
    const signed = (Number(change > 0) - Number(change < 0)) * amount
    const sum = total + signed
    carry += lostIn(total, signed, sum)
    total = sum
    out[i] = finite(total + carry)
  }
  state.seen = seen
  state.total = total
  state.carry = carry
}
