/** What TA-Lib does not answer: indicators it lacks, values where it gives 0 for 0 / 0, exactness, refusals, the reference page. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { apply, column } from '../../../../features/expression/expression.ts'
import type { SeriesOperator } from '../../../../features/operator.ts'
import { featureSetFingerprint } from '../../../../features/feature-set.ts'
import { technicalOperators } from '../../../../features/operators/technical/index.ts'
import { compilePlan } from '../../../../features/plan.ts'
import { ta } from '../../../../features/sets/ta.ts'
import { runOperator } from './run-operator.ts'
import { loadSeries, type Series } from './series.ts'

type BarColumn = keyof Series

const flat = (value: number, length: number): number[] => Array.from({ length }, () => value)

describe('indicators that TA-Lib lacks', () => {
  it('Ichimoku: middles of the highs and lows of each window, as computed at the row', () => {
    const { high, low } = loadSeries('aapl')
    const [tenkan, kijun, spanA, spanB] = runOperator('Ichimoku', [high, low], [9, 26, 52])
    const middle = (i: number, window: number): number => {
      const from = i + 1 - window
      return (Math.max(...high.subarray(from, i + 1)) + Math.min(...low.subarray(from, i + 1))) / 2
    }
    for (let i = 0; i < high.length; i++) {
      if (i < 51) {
        for (const line of [tenkan, kijun, spanA, spanB]) expect(line![i]).toBeNaN()
        continue
      }
      expect(tenkan![i]).toBe(middle(i, 9))
      expect(kijun![i]).toBe(middle(i, 26))
      expect(spanA![i]).toBe((middle(i, 9) + middle(i, 26)) / 2)
      expect(spanB![i]).toBe(middle(i, 52))
    }
  })

  it('SessionVWAP begins anew with the day at its offset, whose last bar ends at midnight', () => {
    const hour = 3_600_000
    const day = Date.UTC(2024, 0, 10)
    // Bars that close at 22:00, 23:00, 24:00, 01:00 and 02:00 UTC.
    const time = [-2, -1, 0, 1, 2].map((k) => day + k * hour)
    const price = [10, 20, 30, 40, 50]
    const volume = [1, 3, 0, 2, 2]
    const columns = [time, price, price, price, volume]
    // 10; (10 + 60) / 4; nothing new; a new day: 40; (80 + 100) / 4.
    expect([...runOperator('SessionVWAP', columns, [0])[0]!]).toEqual([10, 17.5, 17.5, 40, 45])
    // At UTC−1 the day ends an hour later: 01:00 UTC is its midnight.
    const west = runOperator('SessionVWAP', columns, [-1])[0]!
    expect([...west]).toEqual([10, 17.5, 17.5, 25, 50])
  })

  it('SessionVWAP is missing until something is traded in the session, and skips a missing bar', () => {
    const time = [1, 2, 3, 4].map((k) => k * 60_000)
    const price = [10, 20, NaN, 40]
    const out = runOperator('SessionVWAP', [time, price, price, price, [0, 1, 5, 1]], [0])[0]!
    expect([...out]).toEqual([NaN, 20, NaN, 30])
  })
})

describe('where the definition has no answer', () => {
  const price = flat(0.1, 60)
  const moving = Array.from({ length: 60 }, (_, i) => 0.1 + (i % 7) * 1e-3)

  it.each([
    ['Stoch', [price, price, price], [14, 3, 3]],
    ['StochF', [price, price, price], [14, 3]],
    ['WillR', [price, price, price], [14]],
    ['CCI', [price, price, price], [20]],
    ['BOP', [price, price, price, price], []],
    ['UltOsc', [price, price, price], [7, 14, 28]],
    ['DX', [price, price, price], [14]],
    ['ADX', [price, price, price], [14]],
    ['PlusDI', [price, price, price], [14]],
    ['StochRSI', [price], [14, 14, 3]],
    ['MFI', [price, price, price, flat(5, 60)], [14]],
    ['MFI', [moving, moving, moving, flat(0, 60)], [14]],
    ['VWAP', [moving, moving, moving, flat(0, 60)], [20]],
    ['ROC', [flat(0, 60)], [10]],
    ['NATR', [flat(0, 60), flat(0, 60), flat(0, 60)], [14]],
  ] as const)('%s is NaN, never a number', (name, inputs, params) => {
    for (const out of runOperator(name, inputs, params)) out.forEach((v) => expect(v).toBeNaN())
  })

  it('RSI is 50 and CMO 0 where nothing moved; bands lie on the price', () => {
    expect([...runOperator('RSI', [price], [14])[0]!.subarray(14)]).toEqual(flat(50, 46))
    expect([...runOperator('CMO', [price], [14])[0]!.subarray(14)]).toEqual(flat(0, 46))
    for (const band of runOperator('BBands', [price], [20, 2]))
      expect([...band.subarray(19)]).toEqual(flat(0.1, 41))
  })
})

describe('windows are exact whatever was before', () => {
  // One bar of 10¹² and then small prices: each window after it must be what it is by itself, to the last digits.
  const after = Array.from({ length: 400 }, (_, i) => 100 + Math.sin(i) + 0.01 * i)
  const spiked = [1e12, ...after]

  it.each([
    ['BBands', [20, 2], 1],
    ['WMA', [20], 1],
    ['TRIMA', [20], 1],
    ['HMA', [20], 1],
    ['CCI', [20], 3],
    ['VWAP', [20], 4],
    ['UltOsc', [7, 14, 28], 3],
  ] as const)('%s', (name, params, arity) => {
    const run = (x: readonly number[]): Float64Array[] => {
      const wide = [x.map((v) => v * 1.01), x.map((v) => v * 0.99), x, x.map((v) => 1 + v)]
      return runOperator(name, arity === 1 ? [x] : wide.slice(0, arity), params)
    }
    const long = run(spiked)
    const alone = run(after)
    long.forEach((out, k) => {
      for (let i = 0; i < after.length; i++) {
        const truth = alone[k]![i]!
        // Not yet a window without the spike.
        if (Number.isNaN(truth)) continue
        expect(Math.abs(out[i + 1]! - truth)).toBeLessThanOrEqual(1e-11 * Math.abs(truth))
      }
    })
  })

  it('OBV at bar 2·10⁶ is the exact sum', () => {
    const length = 2_000_000
    const close = Float64Array.from({ length }, (_, i) => (i % 3 === 2 ? 1 : 2 + (i % 3)))
    const volume = Float64Array.from({ length }, () => 0.1)
    const out = runOperator('OBV', [close, volume], [])[0]!
    // Rises twice, falls once: 0.1 to begin with, then 0.1 a bar net over each three.
    let tenths = 1
    for (let i = 1; i < length; i++) tenths += close[i]! > close[i - 1]! ? 1 : -1
    // Within the rounding of the answer itself; a plain sum is off by a thousand times as much.
    expect(Math.abs(out[length - 1]! - tenths * 0.1)).toBeLessThan(3e-16 * tenths * 0.1)
  })
})

describe('a missing row', () => {
  const everyRow = technicalOperators.filter(
    (operator): operator is SeriesOperator =>
      operator.scope === 'series' &&
      operator.memory === 'window' &&
      !operator.name.startsWith('ROC'),
  )
  it.each(everyRow.map((operator) => [operator.name, operator] as const))(
    '%s is NaN over it and until it has left the window, then as if it had not been',
    (_, operator) => {
      const bars = loadSeries('aapl')
      const at = 300
      const params = operator.params.map((spec) => spec.default)
      const names = operator.inputs!.map((name) => (name === 'x' ? 'close' : name)) as BarColumn[]
      const clean = runOperator(
        operator.name,
        names.map((name) => bars[name]),
        params,
      )
      const holed = runOperator(
        operator.name,
        names.map((name) => bars[name].with(at, NaN)),
        params,
      )
      const reach = operator.lookback(params)
      holed.forEach((out, k) => {
        for (let i = at; i <= at + reach; i++) expect(out[i], `row ${i}`).toBeNaN()
        for (let i = at + reach + 1; i < out.length; i++) {
          const truth = clean[k]![i]!
          expect(Math.abs(out[i]! - truth), `row ${i}`).toBeLessThanOrEqual(
            1e-11 * (1 + Math.abs(truth)),
          )
        }
      })
    },
  )

  it.each([
    ['ROC', 10],
    ['ROCP', 3],
  ])('%s needs only the two rows that it reads', (name, window) => {
    const { close } = loadSeries('aapl')
    const out = runOperator(name, [close.with(300, NaN)], [window])[0]!
    const missing = [...out.keys()].filter((i) => i >= window && Number.isNaN(out[i]))
    expect(missing).toEqual([300, 300 + window])
  })
})

describe('refusals name the parameter', () => {
  const $ = column('close')
  it.each([
    ['MACD', [$, 26, 12, 9], 'fast'],
    ['PPO', [$, 26, 12], 'fast'],
    ['ADOSC', [$, $, $, $, 10, 3], 'fast'],
    ['SAR', [$, $, 0.3, 0.2], 'acceleration'],
    ['UltOsc', [$, $, $, 7, 28, 14], 'windows of UltOsc'],
    ['Ichimoku', [$, $, 26, 9, 52], 'windows of Ichimoku'],
    ['RSI', [$, 1], 'window of RSI'],
    ['CdlMorningStar', [$, $, $, $, 2], 'penetration'],
  ] as const)('%s', (name, args, said) => {
    expect(() => apply(name, ...args)).toThrow(said)
  })
})

describe('set ta', () => {
  it('has scale-free features: prices times a hundred change nothing', () => {
    const bars = loadSeries('aapl')
    const plan = compilePlan(ta)
    expect(ta.features.length).toBeGreaterThanOrEqual(40)
    expect(featureSetFingerprint(ta)).toMatch(/^[0-9a-f]{64}$/)
    expect(plan.warmup).toBeLessThan(260)
    const scaled = (factor: number): Record<string, Float64Array> => ({
      open: bars.open.map((v) => v * factor),
      high: bars.high.map((v) => v * factor),
      low: bars.low.map((v) => v * factor),
      close: bars.close.map((v) => v * factor),
      volume: bars.volume,
    })
    // A power of two is exact, so every comparison falls the same way.
    const one = evaluate(plan, scaled(1))
    const other = evaluate(plan, scaled(128))
    plan.names.forEach((name, k) => {
      for (let i = plan.warmup; i < bars.close.length; i++) {
        const [a, b] = [one[k]![i]!, other[k]![i]!]
        if (Number.isNaN(a)) expect(b, name).toBeNaN()
        else expect(Math.abs(a - b), `${name} at ${i}`).toBeLessThanOrEqual(1e-9)
        expect(Math.abs(a), `${name} at ${i}`).toBeLessThan(20)
      }
    })
  })
})

describe('docs/reference/indicators.md', () => {
  it('names every indicator, and its defaults as they are', () => {
    const page = readFileSync('docs/reference/indicators.md', 'utf8')
    for (const operator of technicalOperators) {
      expect(page, operator.name).toContain(`\`${operator.name}`)
      const call = new RegExp(`\`${operator.name}\\(([^)]*)\\)`).exec(page)
      if (call === null) continue
      const named = call[1]!.split(', ').filter((part) => part.includes('='))
      if (named.length === 0) continue
      expect(named, operator.name).toEqual(
        operator.params.map((spec) => `${spec.name}=${spec.default}`),
      )
    }
  })
})

/** Every step of a plan without operators across symbols, over all rows at once. */
function evaluate(
  plan: ReturnType<typeof compilePlan>,
  columns: Record<string, Float64Array>,
): Float64Array[] {
  const length = columns['close']!.length
  const slots = Array.from({ length: plan.slots }, () => new Float64Array(length))
  for (const { name, slot } of plan.sources) slots[slot]!.set(columns[name]!)
  for (const { slot, value } of plan.constants) slots[slot]!.fill(value)
  for (const step of plan.steps) {
    if (step.kind !== 'series') throw new Error('a step across symbols')
    const state: unknown = step.operator.state(step.params, plan)
    const at = (slot: number): Float64Array => slots[slot]!
    step.operator.advance(state, step.inputs.map(at), 0, length, step.outs.map(at))
  }
  return plan.outputs.map((slot) => slots[slot]!)
}
