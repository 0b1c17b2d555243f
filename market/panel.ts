/**
 * Panel: each symbol's own contiguous bars plus a shared index of moments, because rolling windows count a symbol's own bars
 * while cross-sectional operators need everyone present at one moment. A moment is a distinct `knownAt`.
 */
import { check } from '../core/checks.ts'
import type { Bars } from './bars.ts'

export interface Panel {
  readonly symbols: readonly string[]
  /** One per symbol, in the order of `symbols`. */
  readonly bars: readonly Bars[]
  /** Group (sector) of each symbol; '' where it has none. */
  readonly groups: readonly string[]
  /** Every distinct `knownAt`, ascending. */
  readonly moments: Float64Array
  /**
   * For each symbol, the row that became known at each moment, −1 where none did. Of several rows that became known at one
   * moment (a weekly publication of daily bars) it is the latest.
   */
  readonly rowAt: readonly Int32Array[]
}

/**
 * @param groups Group of a symbol by name.
 * @throws INVALID_VALUE for a symbol given twice or bars of different timeframes.
 */
export function createPanel(
  bars: readonly Bars[],
  { groups = {} }: { readonly groups?: Readonly<Record<string, string | undefined>> } = {},
): Panel {
  const symbols = bars.map(({ symbol }) => symbol)
  const timeframe = bars[0]?.timeframe
  for (const [index, one] of bars.entries()) {
    check(symbols.indexOf(one.symbol) === index, 'symbols', 'distinct', one.symbol)
    check(one.timeframe === timeframe, `timeframe of ${one.symbol}`, timeframe ?? '', one.timeframe)
  }
  const moments = distinctMoments(bars.map(({ columns }) => columns.knownAt))
  return Object.freeze({
    symbols: Object.freeze(symbols),
    bars: Object.freeze([...bars]),
    groups: Object.freeze(symbols.map((symbol) => groups[symbol] ?? '')),
    moments,
    rowAt: Object.freeze(bars.map(({ columns }) => rowsAt(moments, columns.knownAt))),
  })
}

function distinctMoments(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const column of columns) {
    all.set(column, end)
    end += column.length
  }
  all.sort()
  let distinct = 0
  for (let i = 0; i < all.length; i++) {
    if (i === 0 || all[i] !== all[i - 1]) all[distinct++] = all[i]!
  }
  return all.slice(0, distinct)
}

function rowsAt(moments: Float64Array, knownAt: Float64Array): Int32Array {
  const rows = new Int32Array(moments.length).fill(-1)
  let moment = 0
  for (let row = 0; row < knownAt.length; row++) {
    while (moments[moment]! < knownAt[row]!) moment++
    rows[moment] = row
  }
  return rows
}
