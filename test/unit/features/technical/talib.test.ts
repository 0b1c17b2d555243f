/**
 * Every indicator that TA-Lib has, against TA-Lib's C library on two real series and a hostile one, two settings each; which
 * calls, which versions and which rows have no value: test/oracle/talib-indicators.py.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { technicalOperators } from '../../../../features/operators/technical/index.ts'
import { runOperator, seriesOperator } from './run-operator.ts'
import { loadSeries, type Series } from './series.ts'

interface Case {
  readonly operator: string
  readonly params: readonly number[]
  readonly series: string
  /** What TA-Lib's own rounding leaves uncertain, absolute; 0 on the real series. */
  readonly slack: number
  readonly inputs: readonly (keyof Series)[]
  readonly outputs: readonly string[]
  readonly values: readonly (readonly (number | null)[])[]
}

interface CandleCase {
  readonly operator: string
  readonly series: string
  readonly first: number
  readonly found: Readonly<Record<string, number>>
}

const golden = readGolden('talib.json.gz') as {
  rows: Readonly<Record<string, readonly number[]>>
  cases: Case[]
}
const goldenCandles = readGolden('talib-candles.json.gz') as { cases: CandleCase[] }
const loaded = new Map<string, Series>()

describe('indicators agree with TA-Lib to 1e-9', () => {
  it.each(
    golden.cases.map((one) => [`${one.operator}(${one.params.join(', ')})`, one.series, one]),
  )('%s on %s', (_, __, one) => {
    const { operator, params, slack, inputs, outputs, values } = one
    const bars = seriesOf(one.series)
    const found = runOperator(
      operator,
      inputs.map((name) => bars[name]),
      params,
    )
    expect(seriesOperator(operator).outputs ?? ['']).toEqual(outputs)
    const rows = golden.rows[one.series]!
    // Differences of prices cancel; what is left carries the rounding of the prices themselves.
    const level = Math.max(...bars.close.map(Math.abs))
    values.forEach((expected, k) => {
      rows.forEach((row, j) => {
        const value = found[k]![row]!
        const truth = expected[j]!
        const where = `${operator}.${outputs[k]!} at row ${row}: ${value}, TA-Lib ${truth}`
        if (expected[j] === null) expect(value, where).toBeNaN()
        else if (!(Math.abs(value - truth) <= 1e-9 * Math.abs(truth) + 1e-15 * level + slack))
          expect.fail(where)
      })
    })
  })
})

describe('candlesticks are TA-Lib’s, hundredths of its numbers', () => {
  it.each(goldenCandles.cases.map((one) => [one.operator, one.series, one] as const))(
    '%s on %s',
    (operator, series, { first, found }) => {
      const { open, high, low, close } = seriesOf(series)
      const [out] = runOperator(operator, [open, high, low, close], defaults(operator))
      const nonzero: Record<string, number> = {}
      out!.forEach((value, i) => {
        if (i < first) expect(value, `row ${i}`).toBeNaN()
        else if (value !== 0) nonzero[i] = Math.round(100 * value)
      })
      expect(nonzero).toEqual(found)
    },
  )

  it('find every shape somewhere', () => {
    for (const { name } of technicalOperators.filter((operator) =>
      operator.name.startsWith('Cdl'),
    )) {
      const hits = goldenCandles.cases
        .filter(({ operator }) => operator === name)
        .reduce((sum, { found }) => sum + Object.keys(found).length, 0)
      expect(hits, name).toBeGreaterThan(0)
    }
  })
})

function readGolden(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(`test/golden/${name}`)).toString())
}

function seriesOf(name: string): Series {
  const known = loaded.get(name) ?? loadSeries(name)
  loaded.set(name, known)
  return known
}

function defaults(name: string): number[] {
  return seriesOperator(name).params.map((spec) => spec.default)
}
