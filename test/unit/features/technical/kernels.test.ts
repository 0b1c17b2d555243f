/** Indicators that kernels compute, at windows of any length and over gaps: against their definitions, and in pieces of any length. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import {
  batch,
  columnsFor,
  firstDifference,
  inputNamesOf,
} from '../../../support/operator-checks.ts'
import { seriesOperator } from './run-operator.ts'

const rows = 2_400
const names = ['high', 'low', 'close', 'volume'] as const
const drawn = columnsFor(names, rows, { seed: 21, ties: true, rescale: 1e4 })
/** Each column has its own gaps, of one row and two; at the start, after the change of scale and near the end. */
const gaps = [40, 41, 97, 1_160, 2_370]
/** Where nothing moves. */
const still = { from: 600, to: 640 }
const columns = Object.fromEntries(
  names.map((name, k) => [
    name,
    drawn[k]!.map((value, i) => {
      if (gaps.includes(i - 3 * k)) return NaN
      return i >= still.from && i < still.to ? 0.1 : value
    }),
  ]),
) as Record<(typeof names)[number], Float64Array>
const { high, low, close, volume } = columns

type Definition = (params: readonly number[], i: number) => readonly number[]

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]): number => sum(values) / values.length
const last = <T>(window: number, i: number, at: (row: number) => T): T[] =>
  Array.from({ length: window }, (_, k) => at(i + 1 - window + k))
const typical = (i: number): number => (high[i]! + low[i]! + close[i]!) / 3

function fastK(window: number, i: number): number {
  const top = Math.max(...last(window, i, (k) => high[k]!))
  const bottom = Math.min(...last(window, i, (k) => low[k]!))
  return top > bottom ? (100 * (close[i]! - bottom)) / (top - bottom) : NaN
}

const definitions: Readonly<Record<string, Definition>> = {
  BBands: ([window, deviations], i) => {
    const values = last(window!, i, (k) => close[k]!)
    const middle = mean(values)
    const width = deviations! * Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
    return [middle + width, middle, middle - width]
  },
  Stoch: ([fast, slow, signal], i) => {
    const slowK = (row: number): number => mean(last(slow!, row, (k) => fastK(fast!, k)))
    const d = mean(last(signal!, i, slowK))
    return [slowK(i) + (d - d), d]
  },
  StochF: ([fast, signal], i) => {
    const d = mean(last(signal!, i, (k) => fastK(fast!, k)))
    return [fastK(fast!, i) + (d - d), d]
  },
  CCI: ([window], i) => {
    const prices = last(window!, i, typical)
    const middle = mean(prices)
    // Of equal prices the mean may differ by rounding.
    if (Math.max(...prices) === Math.min(...prices)) return [NaN]
    const moved = mean(prices.map((price) => Math.abs(price - middle)))
    return [(typical(i) - middle) / (0.015 * moved)]
  },
  MFI: ([window], i) => {
    // The row before the window is read too: whole or not at all.
    const before = i - window!
    const whole = high[before]! + low[before]! + close[before]! + volume[before]!
    const flows = last(window!, i, (k) => ({
      money: typical(k) * volume[k]!,
      change: typical(k) - typical(k - 1),
    }))
    const rose = sum(flows.map(({ money, change }) => (change > 0 ? money : 0 * (money + change))))
    const fell = sum(flows.map(({ money, change }) => (change < 0 ? money : 0 * (money + change))))
    return [(100 * rose) / (rose + fell) + (whole - whole)]
  },
}

const inputsOf = (name: string): Float64Array[] =>
  inputNamesOf(seriesOperator(name)).map(
    (input) => columns[(input === 'x' ? 'close' : input) as keyof typeof columns],
  )

// Odd and even, shorter and longer than a piece of 512 rows; CCI goes another way beyond 961.
const windows: readonly (readonly [string, number[]])[] = [
  ...[1, 2, 3, 7, 20, 511, 512, 513].map((window) => ['BBands', [window, 2]] as [string, number[]]),
  ...[2, 3, 4, 9, 64, 511, 961, 962, 1_100].map(
    (window) => ['CCI', [window]] as [string, number[]],
  ),
  ...[2, 3, 13, 14, 513].map((window) => ['MFI', [window]] as [string, number[]]),
  ['Stoch', [1, 1, 1]],
  ['Stoch', [2, 2, 4]],
  ['Stoch', [15, 3, 5]],
  ['Stoch', [600, 7, 3]],
  ['StochF', [5, 3]],
  ['StochF', [14, 4]],
]

describe('indicators over windows of any length are their definitions', () => {
  it.each(windows)('%s(%j)', (name, params) => {
    const operator = seriesOperator(name)
    const first = operator.warmup(params)
    const found = batch(operator, inputsOf(name), { params })
    let values = 0
    for (let i = first; i < rows; i += i < first + 40 ? 1 : 7) {
      definitions[name]!(params, i).forEach((expected, k) => {
        const value = found[k]![i]!
        const where = `output ${k} at row ${i}: ${value}, expected ${expected}`
        if (Number.isNaN(expected)) {
          expect(value, where).toBeNaN()
          return
        }
        values++
        const level = name === 'BBands' ? Math.abs(close[i]!) : 1
        const least = 1e-9 * Math.max(level, Math.abs(expected))
        expect(Math.abs(value - expected), where).toBeLessThanOrEqual(least)
      })
    }
    expect(values).toBeGreaterThan(10)
  })
})

const others: readonly (readonly [string, number[]])[] = [
  ['EMA', [1]],
  ['EMA', [50]],
  ['MACD', [1, 2, 1]],
  ['MACD', [5, 35, 5]],
  ...['RSI', 'CMO', 'ATR', 'NATR', 'ADX', 'ADXR'].flatMap((name) =>
    [2, 3, 25].map((window) => [name, [window]] as [string, number[]]),
  ),
  ['OBV', []],
]

describe('indicators give the same bits in pieces of any length', () => {
  it.each([...windows, ...others])('%s(%j)', (name, params) => {
    const operator = seriesOperator(name)
    const inputs = inputsOf(name)
    const whole = batch(operator, inputs, { params })
    const rng = createRng(5).stream(name)
    for (const longest of [1, 6, 700]) {
      const state: unknown = operator.state(params, { emitPartial: false })
      const outs = whole.map((out) => new Float64Array(out.length))
      for (let from = 0; from < rows;) {
        const to = Math.min(rows, from + 1 + Math.floor(longest * rng.uniform()))
        operator.advance(state, inputs, from, to, outs)
        from = to
      }
      expect(firstDifference(outs, whole)).toBe(undefined)
    }
  })
})
