/**
 * Spans of labels on an axis of bars: what concurrency and uniqueness are counted over. López de Prado, "Advances in Financial Machine Learning" (2018), section 4.3.
 *
 * A label decided at bar t and known with bar e depends on the price changes of the bars t+1 … e: that is its span. The bars of the symbols follow one another on one
 * axis, each symbol with one bar more at its end for labels that are known after its last row, so that labels of two symbols never meet.
 */
import { check } from '../../core/checks.ts'
import { lowerBound } from '../../core/frame.ts'

/** Rows sorted by (symbol, time), as a dataset has them; a row is a bar. */
export interface LabelTable {
  /** Decision moment a row, milliseconds. */
  readonly time: Float64Array
  /** Moment at which the row's label is known. */
  readonly labelEnd: Float64Array
  readonly symbol: Int32Array
}

/** One span a label; `first` ascends. */
export interface LabelSpans {
  /** Number of labels. */
  readonly length: number
  readonly first: Int32Array
  /** Inclusive. */
  readonly last: Int32Array
  /** Row of the table at each bar of the axis; −1 after a symbol's last row. */
  readonly rowAt: Int32Array
}

/**
 * Spans of the labels of `rows`. A label that is known no later than its decision spans its own bar.
 *
 * @param rows Ascending rows of the table that have a label.
 * @throws INVALID_VALUE where the table or the rows are not sorted, or a row has no label.
 */
export function labelSpans({ time, labelEnd, symbol }: LabelTable, rows: Int32Array): LabelSpans {
  const length = rows.length
  const [first, last] = [new Int32Array(length), new Int32Array(length)]
  const rowAt = new Int32Array(time.length + countSymbols(symbol)).fill(-1)
  let label = 0
  let shift = 0
  for (let start = 0; start < time.length; shift++) {
    const end = endOfSymbol(symbol, start)
    const times = time.subarray(start, end)
    for (let row = start; row < end; row++) {
      const sorted = row === start || time[row]! >= time[row - 1]!
      check(sorted, 'time of the labels', 'ascending within a symbol', time[row])
      rowAt[row + shift] = row
    }
    for (; label < length && rows[label]! < end; label++) {
      const row = rows[label]!
      check(label === 0 || row > rows[label - 1]!, 'rows with labels', 'ascending', row)
      check(labelEnd[row]! > -Infinity, `labelEnd of row ${row}`, 'a moment', labelEnd[row])
      const known = start + lowerBound(times, labelEnd[row]!)
      first[label] = Math.min(row + 1, Math.max(known, row)) + shift
      last[label] = Math.max(known, row) + shift
    }
    start = end
  }
  check(label === length, 'rows with labels', `below ${time.length}`, rows[label])
  return { length, first, last, rowAt }
}

function countSymbols(symbol: Int32Array): number {
  let count = symbol.length > 0 ? 1 : 0
  for (let row = 1; row < symbol.length; row++) {
    check(symbol[row]! >= symbol[row - 1]!, 'symbol of the labels', 'ascending', symbol[row])
    if (symbol[row] !== symbol[row - 1]) count++
  }
  return count
}

function endOfSymbol(symbol: Int32Array, start: number): number {
  let end = start + 1
  while (end < symbol.length && symbol[end] === symbol[start]) end++
  return end
}
