/** The set `micro` on a real series: every feature has a value after its warm-up, has no unit, and does not see the future. */
import { describe, expect, it } from 'vitest'
import {
  compilePlan,
  evaluatePanel,
  FeatureEvaluation,
  type BarRows,
} from '../../../../features/index.ts'
import { micro } from '../../../../features/sets/micro.ts'
import { loadSeries } from '../technical/series.ts'

const { open, high, low, close, volume } = loadSeries('aapl')
const bars = barRows({ priceScale: 1, volumeScale: 1 })
const plan = compilePlan(micro)
const whole = evaluate(bars)

describe('micro', () => {
  it('has 25 to 40 features of distinct names, each with a sentence', () => {
    expect(micro.features.length).toBeGreaterThanOrEqual(25)
    expect(micro.features.length).toBeLessThanOrEqual(40)
    expect(new Set(micro.features.map(({ name }) => name)).size).toBe(micro.features.length)
    for (const { name, doc } of micro.features) expect(doc, name).toMatch(/^.{15,}\.$/)
  })

  it.each(plan.names.map((name, k) => [name, k] as const))('%s has values that vary', (_, k) => {
    const settled = whole[k]!.subarray(plan.warmup)
    const values = settled.filter((value) => value === value)
    expect(values.length / settled.length).toBeGreaterThan(0.999)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(new Set(values).size).toBeGreaterThan(6)
  })

  it('is the same in another currency and another lot size', () => {
    const scaled = evaluate(barRows({ priceScale: 1_024, volumeScale: 8 }))
    plan.names.forEach((name, k) => {
      whole[k]!.forEach((value, row) => {
        const where = `${name} at row ${row}`
        if (Number.isNaN(value)) expect(scaled[k]![row], where).toBeNaN()
        // The logarithm of 1 + money is not quite that of money.
        else if (!(Math.abs(scaled[k]![row]! - value) <= 1e-6 * Math.max(1, Math.abs(value))))
          expect.fail(`${where}: ${scaled[k]![row]} against ${value}`)
      })
    })
  })

  it('gives the same bits bar by bar', () => {
    const evaluation = new FeatureEvaluation(plan, Int32Array.of(0), { chunkRows: 16 })
    for (let row = 0; row < 500; row++) {
      const bar = slice(bars, row, row + 1)
      evaluation.append([bar], ({ features, columns, offset }) => {
        features.forEach((feature, k) => {
          const value = columns[k]![offset]!
          if (!Object.is(value, whole[feature]![row]!))
            expect.fail(`${plan.names[feature]} at row ${row}: ${value}`)
        })
      })
    }
    expect(evaluation.seen(0)).toBe(500)
  })

  it('gives the same bits where the series ends earlier', () => {
    const cut = evaluate(slice(bars, 0, 611))
    plan.names.forEach((name, k) => {
      expect(cut[k]!, name).toEqual(whole[k]!.slice(0, 611))
    })
  })
})

function barRows(options: { priceScale: number; volumeScale: number }): BarRows {
  const { priceScale, volumeScale } = options
  const scaled = (prices: Float64Array): Float64Array => prices.map((value) => value * priceScale)
  return {
    time: Float64Array.from(close, (_, i) => i * 86_400_000),
    columns: {
      open: scaled(open),
      high: scaled(high),
      low: scaled(low),
      close: scaled(close),
      volume: volume.map((value) => value * volumeScale),
    },
  }
}

function slice({ time, columns }: BarRows, from: number, to: number): BarRows {
  const own = Object.entries(columns).map(([name, column]) => [name, column.slice(from, to)])
  return {
    time: time.slice(from, to),
    columns: Object.fromEntries(own) as Record<string, Float64Array>,
  }
}

function evaluate(rows: BarRows): Float64Array[] {
  const out = plan.names.map(() => new Float64Array(rows.time.length))
  evaluatePanel(plan, [rows], Int32Array.of(0), ({ features, columns, offset, row, count }) => {
    features.forEach((feature, k) => {
      out[feature]!.set(columns[k]!.subarray(offset, offset + count), row)
    })
  })
  return out
}
