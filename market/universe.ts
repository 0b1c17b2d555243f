/**
 * Universe: which symbols belonged to a set, as was known at the time. A membership row says from when to when a symbol is a
 * member and since when that is known; a later row for the same symbol and `from` corrects the earlier one, so an index that
 * drops a symbol in 2010 still shows it as an open-ended member to a decision made in 2009.
 */
import { check } from '../core/checks.ts'

export interface Membership {
  readonly symbol: string
  /** First instant of the membership, milliseconds. */
  readonly from: number
  /** First instant after it; Infinity while it is open. */
  readonly to: number
  /** When this row could first have been known. */
  readonly knownAt: number
}

export interface Universe {
  readonly name: string
  /** By symbol, then `from`, then `knownAt`. */
  readonly memberships: readonly Membership[]
}

/** @throws INVALID_VALUE for a row that ends before it begins or a time that is not a number. */
export function createUniverse(name: string, memberships: readonly Membership[]): Universe {
  for (const { symbol, from, to, knownAt } of memberships) {
    check(from < to, `membership of ${symbol}: to`, `after from ${from}`, to)
    check(!Number.isNaN(knownAt), `membership of ${symbol}: knownAt`, 'a time', knownAt)
  }
  const sorted = [...memberships].sort(
    (a, b) =>
      (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
      difference(a.from, b.from) ||
      difference(a.knownAt, b.knownAt),
  )
  return Object.freeze({ name, memberships: Object.freeze(sorted) })
}

/** Symbols that were members at `moment`, by what was known at `moment`; ascending, each once. */
export function membersAt(universe: Universe, moment: number): string[] {
  const members = new Set<string>()
  const rows = universe.memberships
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row.knownAt > moment) continue
    const next = rows[i + 1]
    const corrected =
      next?.symbol === row.symbol && next.from === row.from && next.knownAt <= moment
    if (!corrected && row.from <= moment && moment < row.to) members.add(row.symbol)
  }
  return [...members]
}

function difference(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
