/** Tables of labels for the tests of weights, and the bars of a label counted plainly. */
import fc from 'fast-check'
import type { LabelTable } from '../../../../features/weights/index.ts'

export interface Case {
  readonly table: LabelTable
  readonly rows: Int32Array
}

/** Up to three symbols of up to 25 bars, some with labels of up to ten bars, some of which are known after the symbol's last bar, or with the decision. */
export const cases = fc
  .array(fc.array(fc.option(fc.integer({ min: 0, max: 10 })), { maxLength: 25 }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((symbols): Case => {
    const flat = symbols.flatMap((lengths, s) =>
      lengths.map((length, bar) => ({ s, bar, end: length === null ? NaN : bar + length })),
    )
    return {
      table: {
        time: Float64Array.from(flat, ({ bar }) => 10 * bar),
        labelEnd: Float64Array.from(flat, ({ end }) => 10 * end),
        symbol: Int32Array.from(flat, ({ s }) => s),
      },
      rows: Int32Array.from(flat.flatMap(({ end }, row) => (Number.isNaN(end) ? [] : [row]))),
    }
  })

/** Bars of a label, as texts that no two symbols share: the bars after the decision up to the end, at most one past the symbol's last. */
export function barsOf({ table: { time, labelEnd, symbol } }: Case, row: number): string[] {
  const last = symbol.lastIndexOf(symbol[row]!)
  const bars: string[] = []
  for (let bar = row + 1; bar <= last + 1 && time[bar - 1]! < labelEnd[row]!; bar++)
    bars.push(`${symbol[row]!}/${bar}`)
  return bars.length === 0 ? [`${symbol[row]!}/${row}`] : bars
}
