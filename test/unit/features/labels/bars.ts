/** Bars for the tests of labels: rows taken from and changed in a frame, and a panel whose symbols miss bars. */
import { createFrame, numberColumn, type Frame } from '../../../../core/frame.ts'
import { randomBars } from '../../../support/bars.ts'

const names = ['openTime', 'open', 'high', 'low', 'close'] as const

/** Daily bars from rows of [open, high, low, close], the k-th open from k days to k + ½ days. */
export function barsOf(rows: readonly (readonly [number, number, number, number])[]): Frame {
  const column = (k: number): Float64Array => Float64Array.from(rows, (row) => row[k]!)
  const openTime = Float64Array.from(rows, (_, row) => row)
  const time = openTime.map((value) => value + 0.5)
  const [open, high, low, close] = [0, 1, 2, 3].map(column) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  return createFrame(time, { openTime, open, high, low, close })
}

/** Bars whose four prices are one. */
export function flatBars(prices: readonly number[]): Frame {
  return barsOf(prices.map((price) => [price, price, price, price]))
}

export function keepRows(bars: Frame, keep: (row: number) => boolean): Frame {
  const rows = Array.from({ length: bars.length }, (_, row) => row).filter(keep)
  const take = (column: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => column[row]!)
  return createFrame(
    take(bars.time),
    Object.fromEntries(names.map((name) => [name, take(numberColumn(bars, name))])),
  )
}

/** The same bars with the prices of the rows at which `change` holds multiplied by noise. */
export function changeRows(bars: Frame, change: (row: number) => boolean, factor: number): Frame {
  const columns = names.map((name) => {
    const column = numberColumn(bars, name)
    if (name === 'openTime') return [name, column]
    return [name, column.map((value, row) => (change(row) ? value * factor ** (row % 3) : value))]
  })
  return createFrame(bars.time, Object.fromEntries(columns) as Record<string, Float64Array>)
}

/** Four symbols: whole, with gaps, late and ended early. */
export function gappyPanel(seed: number, length: number): Frame[] {
  const walk = (k: number): Frame => randomBars(length, 4 * seed + k)
  return [
    keepRows(walk(0), () => true),
    keepRows(walk(1), (row) => row % 7 !== 3),
    keepRows(walk(2), (row) => row > length / 4),
    keepRows(walk(3), (row) => row < (2 * length) / 3),
  ]
}
