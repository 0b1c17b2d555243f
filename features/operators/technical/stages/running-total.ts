/**
 * A sum that runs for ever, with what each addition rounds away carried along (Knuth's two-sum, in Neumaier's form), so that bar
 * 10⁷ is as exact as bar 10.
 */
import { zero } from './zero.ts'

export interface RunningTotal {
  /** 1 once a value is in. */
  seen: number
  total: number
  carry: number
}

export function runningTotal(): RunningTotal {
  return { seen: 0, total: zero, carry: zero }
}

/** What the rounding of `sum` = `total` + `value` lost, exactly. */
export function lostIn(total: number, value: number, sum: number): number {
  const taken = sum - total
  return total - (sum - taken) + (value - taken)
}

export function addTo(state: RunningTotal, value: number): void {
  const sum = state.total + value
  state.carry += lostIn(state.total, value, sum)
  state.total = sum
}

export function totalOf(state: RunningTotal): number {
  return state.total + state.carry
}
