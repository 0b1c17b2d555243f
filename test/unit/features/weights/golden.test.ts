/**
 * Weights held to the book's own snippets. The golden file is made by `python3 test/oracle/labels-weights.py > test/golden/labels-weights.json`
 * (pandas, snippets 4.1 to 4.5, 4.10 and 4.11).
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  averageUniqueness,
  labelSpans,
  linearDecay,
  returnAttribution,
  sequentialDraws,
} from '../../../../features/weights/index.ts'

interface Golden {
  readonly symbols: readonly { close: number[]; rows: number[]; ends: number[] }[]
  readonly weights: { readonly uniqueness: number[]; readonly return: number[] }
  readonly decay: Readonly<Record<string, number[]>>
  readonly sequential: { readonly drawn: number[]; readonly probabilities: number[][] }
  readonly example453: number[][]
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/labels-weights.json', import.meta.url), 'utf8'),
) as Golden

const bars = 60
const table = {
  time: Float64Array.from({ length: 2 * bars }, (_, row) => row % bars),
  labelEnd: new Float64Array(2 * bars).fill(NaN),
  symbol: Int32Array.from({ length: 2 * bars }, (_, row) => Math.floor(row / bars)),
}
const rows = Int32Array.from(
  golden.symbols.flatMap(({ rows: own }, s) => own.map((row) => row + s * bars)),
)
golden.symbols.forEach(({ rows: own, ends }, s) => {
  own.forEach((row, k) => (table.labelEnd[row + s * bars] = ends[k]!))
})
const spans = labelSpans(table, rows)
const firstSymbol = labelSpans(
  table,
  rows.filter((row) => row < bars),
)

// Sums in another order: a few units in the last place of sums near 1.
const close = (values: readonly number[]): unknown[] =>
  values.map((value): unknown => expect.closeTo(value, 13))

it('average uniqueness', () => {
  expect([...averageUniqueness(spans)]).toEqual(close(golden.weights.uniqueness))
})

it('return attribution', () => {
  const returns = golden.symbols.flatMap(({ close: prices }) =>
    prices.map((price, k) => Math.log(price / (prices[k - 1] ?? NaN))),
  )
  expect([...returnAttribution(spans, Float64Array.from(returns))]).toEqual(
    close(golden.weights.return),
  )
})

it.each(Object.entries(golden.decay))('linear decay to %s', (oldest, expected) => {
  const time = Float64Array.from(golden.symbols[0]!.rows)
  const found = linearDecay(time, averageUniqueness(firstSymbol), Number(oldest))
  expect([...found]).toEqual(close(expected))
})

it('probabilities of the sequential bootstrap, draw by draw', () => {
  const { drawn, probabilities } = golden.sequential
  const some = labelSpans(table, rows.subarray(0, 16))
  const state = sequentialDraws(some)
  probabilities.forEach((expected, k) => {
    if (k > 0) state.add(drawn[k - 1]!)
    const found = Array.from({ length: 16 }, (_, label) => state.probability(label))
    expect(found).toEqual(close(expected))
  })
})

it('the worked example of section 4.5.3: 5/14, 3/14, 6/14 after the second label was drawn', () => {
  const example = labelSpans(
    {
      time: Float64Array.of(0, 1, 2, 3, 4, 5, 6),
      labelEnd: Float64Array.of(3, NaN, 4, NaN, 6, NaN, NaN),
      symbol: new Int32Array(7),
    },
    Int32Array.of(0, 2, 4),
  )
  const state = sequentialDraws(example)
  const all = (): number[] => [0, 1, 2].map((label) => state.probability(label))
  expect(all()).toEqual(close([1 / 3, 1 / 3, 1 / 3]))
  expect(all()).toEqual(close(golden.example453[0]!))
  state.add(1)
  expect(all()).toEqual(close([5 / 14, 3 / 14, 6 / 14]))
  expect(all()).toEqual(close(golden.example453[1]!))
})
