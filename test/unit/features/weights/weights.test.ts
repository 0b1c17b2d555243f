/** Weights: against plain loops over every pair of label and bar, their laws, their text, and what is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import {
  averageUniqueness,
  concurrency,
  exponentialDecay,
  labelSpans,
  linearDecay,
  parseSampleWeights,
  returnAttribution,
  sampleWeightKinds,
  sampleWeights,
} from '../../../../features/weights/index.ts'
import { barsOf, cases, type Case } from './cases.ts'

function plainUniqueness(one: Case): number[] {
  const spans = [...one.rows].map((row) => barsOf(one, row))
  return spans.map((bars) => {
    const shares = bars.map((bar) => 1 / spans.filter((other) => other.includes(bar)).length)
    return shares.reduce((sum, share) => sum + share, 0) / bars.length
  })
}

const close = (values: readonly number[]): unknown[] =>
  values.map((value): unknown => expect.closeTo(value, 12))

describe('uniqueness', () => {
  it('is that of a plain count', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const spans = labelSpans(one.table, one.rows)
        expect([...averageUniqueness(spans)]).toEqual(close(plainUniqueness(one)))
      }),
    )
  })

  it('shares every spanned bar out once: uniqueness times bars adds up to the bars that labels span', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const spans = labelSpans(one.table, one.rows)
        const unique = averageUniqueness(spans)
        const shared = unique.reduce(
          (sum, value, k) => sum + value * (spans.last[k]! - spans.first[k]! + 1),
          0,
        )
        expect(shared).toBeCloseTo(concurrency(spans).filter((count) => count > 0).length, 9)
      }),
    )
  })

  it('of labels of H bars at every bar is 1/H away from the ends', () => {
    const length = 400_000
    const table = {
      time: Float64Array.from({ length }, (_, row) => row),
      labelEnd: Float64Array.from({ length }, (_, row) => row + 7),
      symbol: new Int32Array(length),
    }
    const rows = Int32Array.from({ length: length - 7 }, (_, row) => row)
    const unique = averageUniqueness(labelSpans(table, rows))
    // Exact to the last digits however late on the axis: differences of plain running sums are off by 1e-12 here.
    for (const label of [10, 1_000, 399_000])
      expect(Math.abs(unique[label]! - 1 / 7)).toBeLessThan(1e-16)
  })

  it('sees no overlap between symbols', () => {
    const table = {
      time: Float64Array.of(0, 1, 0, 1),
      labelEnd: Float64Array.of(9, 9, 9, 9),
      symbol: Int32Array.of(0, 0, 4, 4),
    }
    expect([...averageUniqueness(labelSpans(table, Int32Array.of(0, 2)))]).toEqual([1, 1])
  })

  it('spans the bar in which a label was known, published late or ended at its open', () => {
    const span = (time: number[], end: number): number[] => {
      const table = {
        time: Float64Array.from(time),
        labelEnd: new Float64Array(time.length).fill(end),
        symbol: new Int32Array(time.length),
      }
      const { first, last } = labelSpans(table, Int32Array.of(1))
      return [first[0]!, last[0]!]
    }
    const closes = [10, 20, 30, 40, 50]
    expect(span(closes, 40)).toEqual([2, 3])
    expect(span(closes, 41)).toEqual([2, 4])
    // Known two hours after the close, at which the label ended.
    expect(span([12, 22, 32, 42, 52], 40)).toEqual([2, 3])
    expect(span(closes, 99)).toEqual([2, 5])
    expect(span(closes, 20)).toEqual([1, 1])
    expect(span(closes, 5)).toEqual([1, 1])
  })

  it('refuses tables that are not sorted and rows without a label', () => {
    const table = {
      time: Float64Array.of(0, 1, 2),
      labelEnd: Float64Array.of(1, NaN, 3),
      symbol: Int32Array.of(0, 0, 1),
    }
    expect(() => labelSpans(table, Int32Array.of(1))).toThrow('labelEnd of row 1 must be a moment')
    expect(() => labelSpans(table, Int32Array.of(2, 0))).toThrow('rows with labels must be')
    expect(() => labelSpans(table, Int32Array.of(0, 0))).toThrow(
      'rows with labels must be ascending',
    )
    expect(() => labelSpans(table, Int32Array.of(3))).toThrow('rows with labels must be below 3')
    const rows = Int32Array.of(0)
    expect(() => labelSpans({ ...table, symbol: Int32Array.of(1, 0, 0) }, rows)).toThrow(
      'symbol of the labels must be ascending',
    )
    expect(() => labelSpans({ ...table, time: Float64Array.of(1, 0, 2) }, rows)).toThrow(
      'time of the labels must be ascending',
    )
  })
})

describe('return attribution', () => {
  it('is that of a plain count', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 99 }), (one, seed) => {
        const rng = createRng(seed)
        const returns = one.table.time.map(() => (rng.uniform() < 0.1 ? NaN : rng.normal()))
        const bars = [...one.rows].map((row) => barsOf(one, row))
        const expected = bars.map((own) =>
          Math.abs(
            own.reduce((sum, bar) => {
              const [symbol, row] = bar.split('/').map(Number) as [number, number]
              const inside = one.table.symbol[row] === symbol && returns[row] === returns[row]
              const sharing = bars.filter((other) => other.includes(bar)).length
              return sum + (inside ? returns[row]! / sharing : 0)
            }, 0),
          ),
        )
        const spans = labelSpans(one.table, one.rows)
        expect([...returnAttribution(spans, returns)]).toEqual(close(expected))
      }),
    )
  })
})

describe('time decay', () => {
  const time = Float64Array.of(20, 10, 30, 10)

  it('halves every half-life of moments, one age a moment', () => {
    expect([...exponentialDecay(time, 1)]).toEqual([0.5, 0.25, 1, 0.25])
    expect([...exponentialDecay(time, 2)]).toEqual(close([Math.SQRT1_2, 0.5, 1, 0.5]))
    expect(() => exponentialDecay(time, 0)).toThrow('halfLife must be above 0, got 0')
    expect(() => exponentialDecay(time, NaN)).toThrow('halfLife must be a finite number')
  })

  it('falls in a line through the cumulated uniqueness', () => {
    // Cumulated, oldest first: 0.5 and 0.5 together, then 1, then 2: of 4 in all 1, 2, 4.
    const unique = Float64Array.of(1, 0.5, 2, 0.5)
    expect([...linearDecay(time, unique, 0)]).toEqual(close([0.5, 0.25, 1, 0.25]))
    expect([...linearDecay(time, unique, 0.5)]).toEqual(close([0.75, 0.625, 1, 0.625]))
    expect([...linearDecay(time, unique, 1)]).toEqual([1, 1, 1, 1])
    // The oldest half of the uniqueness weighs nothing.
    expect([...linearDecay(time, unique, -0.5)]).toEqual(close([0, 0, 1, 0]))
    expect(() => linearDecay(time, unique, -1)).toThrow('oldest must be above −1')
    expect(() => linearDecay(time, unique, 1.1)).toThrow('oldest must be a finite number ≤ 1')
  })
})

describe('text', () => {
  it.each([
    ['uniform', 'uniform'],
    ['uniqueness', 'uniqueness'],
    ['decay:250.0*uniqueness', 'uniqueness*decay:250'],
    ['linear-decay:-0.5*return', 'return*linear-decay:-0.5'],
  ])('%s is %s', (text, canonical) => {
    expect(parseSampleWeights(text).text).toBe(canonical)
    expect(parseSampleWeights(canonical)).toEqual(parseSampleWeights(text))
  })

  it.each([
    ['uniquenes', 'There is no kind of sample weights uniquenes. Known: uniqueness, '],
    ['decay', 'decay:HALF_LIFE with HALF_LIFE a number from 0 to 10000000, such as decay:250'],
    ['decay:0', 'HALF_LIFE above 0, got "decay:0"'],
    ['linear-decay:-1', 'OLDEST above -1'],
    ['linear-decay:2', 'OLDEST a number from -1 to 1'],
    ['uniqueness*uniqueness', 'a product of different kinds, without uniform'],
    ['uniform*decay:5', 'a product of different kinds, without uniform'],
    ['uniqueness*', 'There is no kind of sample weights .'],
  ])('refuses %s', (text, message) => {
    expect(() => parseSampleWeights(text)).toThrow(message)
  })
})

describe('sample weights', () => {
  const length = 40
  const table = {
    time: Float64Array.from({ length }, (_, row) => row % 20),
    labelEnd: Float64Array.from({ length }, (_, row) => (row % 20) + 1 + (row % 4)),
    symbol: Int32Array.from({ length }, (_, row) => Math.floor(row / 20)),
  }
  const rows = Int32Array.from({ length: 30 }, (_, k) => (k < 15 ? k : k + 5))
  const barReturns = (): Float64Array => table.time.map((_, row) => Math.sin(row))
  const weigh = (text: string, more: { own?: Float64Array } = {}): Float64Array =>
    sampleWeights(parseSampleWeights(text), table, { rows, barReturns, ...more })

  it.each([...sampleWeightKinds.map(({ example }) => example), 'uniqueness*decay:5'])(
    '%s have mean 1 and are not below 0',
    (text) => {
      const weights = weigh(text)
      expect(weights).toHaveLength(rows.length)
      expect(weights.reduce((sum, value) => sum + value, 0) / rows.length).toBeCloseTo(1, 12)
      for (const value of weights) expect(value).toBeGreaterThanOrEqual(0)
      if (text !== 'uniform') expect(new Set(weights).size).toBeGreaterThan(2)
    },
  )

  it('multiply, with those that the rows have', () => {
    const [unique, decay] = [weigh('uniqueness'), weigh('decay:5')]
    const own = Float64Array.from(rows, (row) => 1 + (row % 3))
    const product = unique.map((value, k) => value * decay[k]! * own[k]!)
    const mean = product.reduce((sum, value) => sum + value, 0) / product.length
    expect([...weigh('uniqueness*decay:5', { own })]).toEqual(
      close([...product].map((value) => value / mean)),
    )
  })

  it('look at no other row', () => {
    const labelEnd = table.labelEnd.map((end, row) => (rows.includes(row) ? end : NaN))
    for (const text of ['uniqueness', 'return', 'decay:5', 'linear-decay:0.2']) {
      const found = sampleWeights(
        parseSampleWeights(text),
        { ...table, labelEnd },
        { rows, barReturns },
      )
      expect(found).toEqual(weigh(text))
    }
  })

  it('by return need prices, and something that moved', () => {
    const parsed = parseSampleWeights('return')
    expect(() => sampleWeights(parsed, table, { rows })).toThrow('Choose uniqueness.')
    const still = (): Float64Array => new Float64Array(length)
    expect(() => sampleWeights(parsed, table, { rows, barReturns: still })).toThrow(
      'sample weights return: the weights of all 30 training rows are 0',
    )
  })
})
