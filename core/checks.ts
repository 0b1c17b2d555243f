/** Argument checks with one message form: `name must be expected, got value. remedy`. */
import { QuorumError } from './errors.ts'

export function invalid(name: string, expected: string, value: unknown, remedy = ''): QuorumError {
  return new QuorumError('INVALID_VALUE', { name, expected, value: show(value), remedy })
}

export function check(
  condition: boolean,
  name: string,
  expected: string,
  value: unknown,
  remedy = '',
): asserts condition {
  if (!condition) throw invalid(name, expected, value, remedy)
}

export function checkInteger(
  name: string,
  value: number,
  { min = -Infinity, max = Infinity } = {},
): void {
  // The text of the error is made for an error only: some checks run once a row.
  if (Number.isInteger(value) && value >= min && value <= max) return
  const range = `an integer${min > -Infinity ? ` ≥ ${min}` : ''}${max < Infinity ? ` ≤ ${max}` : ''}`
  throw invalid(name, range, value)
}

export function checkNumber(
  name: string,
  value: number,
  { min = -Infinity, max = Infinity } = {},
): void {
  if (Number.isFinite(value) && value >= min && value <= max) return
  const range = `a finite number${min > -Infinity ? ` ≥ ${min}` : ''}${max < Infinity ? ` ≤ ${max}` : ''}`
  throw invalid(name, range, value)
}

export function checkOneOf<T extends string>(
  name: string,
  value: string,
  allowed: readonly T[],
): asserts value is T {
  check((allowed as readonly string[]).includes(value), name, `one of ${allowed.join(', ')}`, value)
}

/** The error for a name that is in no table; the nearest known names come first. */
export function unknownName(kind: string, name: string, known: readonly string[]): QuorumError {
  const ranked = rankByDistance(name, known).slice(0, 12)
  return new QuorumError('UNKNOWN_NAME', { kind, name, known: ranked.join(', ') || 'none' })
}

/** Candidates by edit distance to `name`, nearest first, ties in the given order. */
export function rankByDistance(name: string, candidates: readonly string[]): string[] {
  return candidates
    .map((candidate, index) => ({ candidate, index, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .map(({ candidate }) => candidate)
}

/** Optimal string alignment: insert, delete, replace, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(last[j]! + 1, current[j - 1]! + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1)
      }
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' && value !== null) return JSON.stringify(value).slice(0, 200)
  return String(value)
}
