/**
 * Every kind of label held to an independent program on three symbols, one with missing bars and one that ends early. The golden file is made by
 * `python3 test/oracle/labels.py > test/golden/labels.json` (pandas, NumPy, SciPy).
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createFrame, type Frame } from '../../../../core/frame.ts'
import { labelKinds, labelPanel, parseLabel } from '../../../../features/labels/index.ts'

interface Golden {
  readonly bars: Record<string, Record<string, number[]>>
  readonly labels: Record<
    string,
    Record<string, { y: (number | null)[]; labelEnd: (number | null)[] }>
  >
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/labels.json', import.meta.url), 'utf8'),
) as Golden

const bars = Object.values(golden.bars).map(({ closeTime, ...columns }): Frame =>
  createFrame(
    Float64Array.from(closeTime!),
    Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]),
    ),
  ),
)

describe.each(Object.keys(golden.labels))('%s', (text) => {
  const columns = labelPanel(bars, parseLabel(text))

  it.each(Object.keys(golden.bars).map((name, s) => [name, s] as const))('%s', (name, s) => {
    const expected = golden.labels[text]![name]!
    const { y, labelEnd } = columns[s]!
    expect([...labelEnd]).toEqual(expected.labelEnd.map((value) => value ?? NaN))
    expected.y.forEach((value, row) => {
      // The oracle adds up in another order; t-values divide by what is left of a sum of squares, which costs a few digits more.
      const scale = 1e-10 * Math.max(1, Math.abs(value ?? 0))
      if (value === null) expect(y[row], `row ${row}`).toBeNaN()
      else expect(Math.abs(y[row]! - value), `row ${row}`).toBeLessThan(scale)
    })
  })
})

it('holds a label of every kind', () => {
  const kinds = new Set(Object.keys(golden.labels).map((text) => parseLabel(text).kind))
  expect([...kinds].sort()).toEqual(labelKinds.map(({ name }) => name).sort())
})
