/**
 * Labels across symbols: at each moment the returns of all symbols present, over one and the same span of time.
 *
 * The symbols of a moment are those with a bar that closes at it. The span of a symbol's label is that of its own H bars. Every other symbol's return is taken from its
 * price at the moment to its newest price within that span, so that one that was halted or delisted on the way counts with what it had come to: leaving it out would
 * let the future decide who is compared. With `open` both prices are opens, the first that of the symbol's next bar; a symbol that has none within the span is left out.
 */
import { check } from '../../core/checks.ts'
import { lowerBound, numberColumn, type Frame } from '../../core/frame.ts'
import { entryShift, type ForwardSpec } from './forward-returns.ts'
import { unknownLabels, type LabelColumns } from './label.ts'

/** Labels of the returns of a moment, one each, in their order. */
export type Score = (returns: Float64Array, out: Float64Array) => void

/**
 * Columns of each symbol. NaN where fewer than two symbols can be compared, or the symbol's own bars or prices are not there.
 *
 * @throws INVALID_VALUE for fewer than two symbols.
 */
export function panelLabels(
  bars: readonly Frame[],
  { horizon, price }: ForwardSpec,
  score: Score,
): readonly LabelColumns[] {
  const remedy = 'Train on several symbols, or choose a label of one symbol.'
  check(
    bars.length >= 2,
    'the symbols of a label across symbols',
    'at least 2',
    bars.length,
    remedy,
  )
  const shift = entryShift(price)
  const prices = bars.map((frame) => numberColumn(frame, price))
  const known = bars.map((frame) =>
    price === 'open' ? numberColumn(frame, 'openTime') : frame.time,
  )
  const columns = bars.map(({ length }) => unknownLabels(length))
  const next = new Int32Array(bars.length)
  const [members, rows, places] = [0, 1, 2].map(() => new Int32Array(bars.length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const [ends, returns, scores] = [0, 1, 2].map(() => new Float64Array(bars.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]

  const returnWithin = (k: number, end: number): number => {
    const [times, values] = [known[members[k]!]!, prices[members[k]!]!]
    const entry = rows[k]! + shift
    if (!(times[entry]! <= end)) return NaN
    let exit = entry + horizon
    // The bars of one market end together, so that a search is the exception.
    if (times[exit] !== end) {
      exit = lowerBound(times, end)
      if (times[exit] !== end) exit--
    }
    const [start, last] = [values[entry]!, values[exit]!]
    return start > 0 && last > 0 ? last / start - 1 : NaN
  }

  for (const moment of distinctTimes(bars)) {
    let count = 0
    for (let s = 0; s < bars.length; s++) {
      const row = next[s]!
      if (bars[s]!.time[row] !== moment) continue
      next[s] = row + 1
      members[count] = s
      rows[count] = row
      ends[count] = known[s]![row + shift + horizon] ?? NaN
      count++
    }
    if (count < 2) continue
    for (let k = 0; k < count; k++) {
      const end = ends[k]!
      if (!(end === end)) continue
      let compared = 0
      for (let other = 0; other < count; other++) {
        const value = returnWithin(other, end)
        places[other] = value === value ? compared : -1
        if (value === value) returns[compared++] = value
      }
      const enough = compared >= 2
      if (enough) score(returns.subarray(0, compared), scores.subarray(0, compared))
      for (let other = k; other < count; other++) {
        if (ends[other] !== end) continue
        ends[other] = NaN
        if (!enough || places[other] === -1) continue
        const { y, labelEnd } = columns[members[other]!]!
        y[rows[other]!] = scores[places[other]!]!
        labelEnd[rows[other]!] = end
      }
    }
  }
  return columns
}

function distinctTimes(bars: readonly Frame[]): Float64Array {
  const all = new Float64Array(bars.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const { time } of bars) {
    all.set(time, at)
    at += time.length
  }
  all.sort()
  let distinct = 0
  for (let i = 0; i < all.length; i++) {
    if (i === 0 || all[i] !== all[i - 1]) all[distinct++] = all[i]!
  }
  return all.subarray(0, distinct)
}
