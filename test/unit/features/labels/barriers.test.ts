/** Barriers, trailing barriers and meta-labels by hand: one bar at a time. */
import { describe, expect, it } from 'vitest'
import { barVolatility } from '../../../../features/labels/bar-volatility.ts'
import { barrierExits } from '../../../../features/labels/barrier-exits.ts'
import { labelColumns, metaLabels, parseLabel } from '../../../../features/labels/index.ts'
import { barsOf, flatBars } from './bars.ts'

const y = (prices: readonly number[], text: string): number[] => [
  ...labelColumns(flatBars(prices), parseLabel(text)).y,
]
const close = (values: readonly number[]): unknown[] =>
  values.map((value): unknown => (Number.isNaN(value) ? NaN : expect.closeTo(value, 12)))

describe('barriers', () => {
  // Volatility of 1 %, entry at 100: barriers at 102 and 99.
  const volatility = Float64Array.of(0.01, NaN, NaN, NaN, NaN)
  const options = { horizon: 3, up: 2, down: 1, volatility }
  const entry = [0, 0, 0, 100] as const
  type Row = readonly [number, number, number, number]
  const quiet: Row = [100, 101, 99.5, 100]
  const first = (
    rows: readonly Row[],
    more: { side?: Float64Array; up?: number; down?: number } = {},
  ): number[] => {
    const { touch, earned, labelEnd } = barrierExits(barsOf([entry, ...rows]), {
      ...options,
      ...more,
    })
    return [touch[0]!, earned[0]!, labelEnd[0]!]
  }
  const short = { side: Float64Array.of(-1, 0, 0, 0, 0) }

  it.each<[string, Row[], number[]]>([
    ['profit on the bar of the entry', [[100, 102, 99.5, 101]], [1, 0.02, 1.5]],
    ['stop on the bar of the entry', [[100, 101, 99, 101]], [-1, -0.01, 1.5]],
    ['profit later', [quiet, [100, 102.5, 99.5, 101]], [1, 0.02, 2.5]],
    ['both in a bar: the stop first', [quiet, [100, 103, 98, 101]], [-1, -0.01, 2.5]],
    ['a gap through the stop ends at the open', [quiet, [97, 103, 96, 103]], [-1, -0.03, 2.5]],
    ['a gap through the profit ends at the open', [quiet, [104, 105, 90, 91]], [1, 0.04, 2.5]],
    [
      'no touch: the close of the last bar',
      [quiet, quiet, [100, 101, 99.5, 100.5]],
      [0, 0.005, 3.5],
    ],
    ['a touch on the last bar', [quiet, quiet, [100, 102, 99.5, 100]], [1, 0.02, 3.5]],
    ['a touch after the limit', [quiet, quiet, quiet, [100, 110, 99.5, 100]], [0, 0, 3.5]],
    ['not over yet', [quiet, quiet], [NaN, NaN, NaN]],
  ])('%s', (_, rows, expected) => {
    expect(first(rows)).toEqual(close(expected))
  })

  it.each<[string, Row[], number[]]>([
    [
      'profit below',
      [
        [100, 100.5, 99.5, 100],
        [100, 100.5, 98, 99],
      ],
      [1, 0.02, 2.5],
    ],
    ['stop above', [quiet, [100, 101, 99, 100]], [-1, -0.01, 1.5]],
    [
      'both in a bar: the stop first',
      [
        [100, 100, 99, 100],
        [100, 103, 97, 101],
      ],
      [-1, -0.01, 2.5],
    ],
    [
      'a gap up ends at the open',
      [
        [100, 100, 99, 100],
        [103, 104, 90, 91],
      ],
      [-1, -0.03, 2.5],
    ],
    [
      'a gap down ends at the open',
      [
        [100, 100, 99, 100],
        [96, 104, 90, 91],
      ],
      [1, 0.04, 2.5],
    ],
  ])('short: %s', (_, rows, expected) => {
    expect(first(rows, short)).toEqual(close(expected))
  })

  it('of 0 are off', () => {
    const wide: Row = [100, 150, 50, 101]
    expect(first([wide, quiet, quiet], { up: 0 })).toEqual(close([-1, -0.01, 1.5]))
    expect(first([wide, quiet, quiet], { down: 0 })).toEqual(close([1, 0.02, 1.5]))
    expect(first([wide, quiet, quiet], { up: 0, ...short })).toEqual(close([-1, -0.01, 1.5]))
  })

  it('need a side and a volatility', () => {
    const rows = [quiet, quiet, quiet]
    expect(first(rows, { side: Float64Array.of(0, 0, 0, 0) })[0]).toBeNaN()
    expect(first(rows, { side: Float64Array.of(NaN, 0, 0, 0) })[0]).toBeNaN()
  })

  it('label and return are two views of one exit', () => {
    const rows = Array.from({ length: 40 }, (_, k): Row => {
      const price = 100 + 5 * Math.sin(k * k)
      return [price, price + 2, price - 2, price + 1]
    })
    const bars = barsOf(rows)
    const sign = labelColumns(bars, parseLabel('barrier:4:0.5:0.5:5'))
    const earned = labelColumns(bars, parseLabel('barrier-return:4:0.5:0.5:5'))
    expect(sign.labelEnd).toEqual(earned.labelEnd)
    const touched = [...sign.y].filter((value) => value === 1 || value === -1)
    expect(new Set(touched)).toEqual(new Set([1, -1]))
    sign.y.forEach((value, row) => {
      if (value === 1 || value === -1) expect(Math.sign(earned.y[row]!)).toBe(value)
    })
  })
})

describe('trailing barrier', () => {
  // Closes 100, 110, 99 give a volatility for spans of 2; from then on all prices are written out.
  const head = [100, 110, 99].map((price) => [price, price, price, price] as const)
  const unit = barVolatility(flatBars([100, 110, 99]), 2)[2]!
  const row = 2
  const of = (rows: (readonly [number, number, number, number])[]): [number, number] => {
    const { y: found, labelEnd } = labelColumns(
      barsOf([...head, ...rows]),
      parseLabel('trailing:3:0.5:2'),
    )
    return [found[row]!, labelEnd[row]!]
  }
  const stop = (peak: number): number => peak * (1 - 0.5 * unit)

  it('follows the peak of the bars before', () => {
    expect(
      of([
        [100, 120, 99, 119],
        [119, 119, stop(120), 119],
      ]),
    ).toEqual([expect.closeTo(stop(120) / 100 - 1, 12), 4.5])
    // The high of the very bar raises no stop for its low.
    expect(
      of([
        [100, 120, 99, 119],
        [119, 140, stop(120) + 1, 119],
        [139, 139, 139, 139],
      ]),
    ).toEqual([expect.closeTo(0.39, 12), 5.5])
  })

  it('ends at the open of a bar that opens below the stop, and at the limit', () => {
    expect(
      of([
        [100, 120, 99, 119],
        [90, 95, 85, 95],
      ]),
    ).toEqual([expect.closeTo(-0.1, 12), 4.5])
    expect(
      of([
        [100, 101, 99, 100],
        [100, 101, 99, 100],
        [100, 101, 99, 98],
      ]),
    ).toEqual([expect.closeTo(-0.02, 12), 5.5])
    expect(
      of([
        [100, 101, 99, 100],
        [100, 101, 99, 100],
      ])[0],
    ).toBeNaN()
  })
})

describe('meta-labels', () => {
  it('say whether the bet on the side paid', () => {
    const prices = [100, 101, 100, 102, 104, 103, 108, 107, 104, 100]
    const bars = flatBars(prices)
    const side = Float64Array.of(NaN, NaN, NaN, 1, -1, 1, -1, -1, 0, 1)
    const options = { horizon: 1, up: 50, down: 50, volatilityBars: 2 }
    const { y: found, labelEnd } = metaLabels(bars, side, options)
    // Entry and limit are the open and the close of one flat bar: nothing is earned.
    expect([...found]).toEqual([NaN, NaN, NaN, 0, 0, 0, 0, 0, NaN, NaN])
    expect(labelEnd[3]).toBe(4.5)
    const two = metaLabels(bars, side, { ...options, horizon: 2 }).y
    // From bar t+1 to bar t+2: 104 → 103 long, 103 → 108 short, 108 → 107 long, 107 → 104 short, 104 → 100 short.
    expect([...two]).toEqual([NaN, NaN, NaN, 0, 0, 0, 1, 1, NaN, NaN])
  })

  it('of momentum and reversal are bets on opposite sides', () => {
    const prices = [100, 101, 103, 102, 104, 109, 108, 112, 110, 117, 111]
    const [follow, fade] = ['momentum', 'reversal'].map((rule) =>
      y(prices, `meta:${rule}:2:2:50:50:2`),
    )
    // close[4] > close[2]: long from 109 to 108 loses; close[5] > close[3]: long from 108 to 112 earns.
    expect(follow!.slice(4, 6)).toEqual([0, 1])
    expect(fade!.slice(4, 6)).toEqual([1, 0])
  })
})
