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

export function addTo(state: RunningTotal, value: number): void {
  const before = state.total
  const sum = before + value
  const taken = sum - before
  state.carry += before - (sum - taken) + (value - taken)
  state.total = sum
}

export function totalOf(state: RunningTotal): number {
  return state.total + state.carry
}
