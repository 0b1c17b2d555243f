import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../core/canonical-json.ts'
import { pearson, ranks } from '../../../models/evaluation/correlation.ts'
import { evaluatePredictions } from '../../../models/evaluation/metrics.ts'
import { maxDrawdown, sharpe } from '../../../models/evaluation/returns.ts'

const values = fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 3, maxLength: 30 })

describe('pearson and ranks', () => {
  // scipy 1.17.1: stats.pearsonr([1,2,3,4,5],[2,1,4,3,7]).statistic = 0.8241633836921339, stats.spearmanr of the same = 0.8
  const a = Float64Array.of(1, 2, 3, 4, 5)
  const b = Float64Array.of(2, 1, 4, 3, 7)
  it('agrees with known answers', () => {
    expect(pearson(a, b)).toBeCloseTo(0.8241633836921339, 14)
    expect(pearson(ranks(a), ranks(b))).toBeCloseTo(0.8, 14)
    expect(ranks(Float64Array.of(3, 1, 3, 2, 3))).toEqual(Float64Array.of(4, 1, 4, 2, 4))
  })

  it('is the same under a positive affine map, opposite under a negative one', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 9, noNaN: true }), (list, slope) => {
        const x = Float64Array.from(list)
        const y = x.map((value, i) => value + Math.sin(i))
        const expected = pearson(x, y)
        if (expected === null) return
        expect(
          pearson(
            x.map((value) => slope * value + 3),
            y,
          ),
        ).toBeCloseTo(expected, 6)
        expect(
          pearson(
            x.map((value) => -slope * value),
            y,
          ),
        ).toBeCloseTo(-expected, 6)
      }),
    )
  })

  it('is null without variation or with one row', () => {
    expect(pearson(Float64Array.of(1, 1, 1), Float64Array.of(1, 2, 3))).toBeNull()
    expect(pearson(Float64Array.of(1), Float64Array.of(2))).toBeNull()
  })

  it('takes an integer weight as repetition', () => {
    const weight = Float64Array.of(1, 2, 0, 3, 1)
    const repeat = (x: Float64Array): Float64Array =>
      Float64Array.from([...x].flatMap((value, i) => Array<number>(weight[i]!).fill(value)))
    expect(pearson(a, b, weight)).toBeCloseTo(pearson(repeat(a), repeat(b))!, 14)
  })
})

describe('evaluatePredictions', () => {
  it('gives the figures worked by hand', () => {
    const metrics = evaluatePredictions({
      prediction: Float64Array.of(1, -1, 2, 0),
      y: Float64Array.of(2, -2, -1, 1),
      group: Int32Array.of(0, 0, 1, 1),
    })
    // errors −1, 1, 3, −1; label mean 0, deviations 4 + 4 + 1 + 1
    expect(metrics.rmse).toBeCloseTo(Math.sqrt(12 / 4), 14)
    expect(metrics.mae).toBe(1.5)
    expect(metrics.r2).toBeCloseTo(1 - 12 / 10, 14)
    expect(metrics.hitRate).toBeCloseTo(2 / 3, 14)
    expect(metrics).toMatchObject({ rows: 4, moments: 0, icMean: null, icT: null })
  })

  it('summarises the correlation within each moment of at least 3 rows', () => {
    // Moment 0: perfectly right (IC 1), moment 1: perfectly wrong (−1), moment 2: right, moment 3 has two rows only.
    const metrics = evaluatePredictions({
      prediction: Float64Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 5, 6),
      y: Float64Array.of(10, 20, 30, 30, 20, 10, 1, 2, 3, 0, 1),
      group: Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3),
    })
    expect(metrics.moments).toBe(3)
    expect(metrics.icMean).toBeCloseTo(1 / 3, 12)
    expect(metrics.icStd).toBeCloseTo(Math.sqrt(4 / 3), 12)
    expect(metrics.icStandardError).toBeCloseTo(2 / 3, 12)
    expect(metrics.icT).toBeCloseTo(0.5, 12)
    expect(metrics.rankIcMean).toBeCloseTo(1 / 3, 12)
  })

  it('leaves out rows without a finite label or prediction and rows of weight 0', () => {
    const clean = evaluatePredictions({
      prediction: Float64Array.of(1, 2, 4),
      y: Float64Array.of(2, 1, 3),
      group: Int32Array.of(0, 0, 0),
    })
    const spoiled = evaluatePredictions({
      prediction: Float64Array.of(1, NaN, 2, 9, 4, 7),
      y: Float64Array.of(2, 5, 1, Infinity, 3, 8),
      weight: Float64Array.of(1, 1, 1, 1, 1, 0),
      group: new Int32Array(6),
    })
    expect(spoiled).toEqual(clean)
  })

  it('is JSON for any input, and every metric has its bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ p: fc.double(), y: fc.double(), g: fc.nat(3) }), { maxLength: 20 }),
        (rows) => {
          const metrics = evaluatePredictions({
            prediction: Float64Array.from(rows, ({ p }) => p),
            y: Float64Array.from(rows, ({ y }) => y),
            group: Int32Array.from(rows, ({ g }) => g),
          })
          canonicalJson(metrics)
          for (const key of ['ic', 'rankIc', 'icMean', 'rankIcMean'] as const) {
            expect(Math.abs(metrics[key] ?? 0)).toBeLessThanOrEqual(1)
          }
          expect(metrics.r2 ?? 0).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('returns', () => {
  it('measures the worst fall from a peak', () => {
    expect(maxDrawdown(Float64Array.of(100, 120, 90, 130, 117))).toBeCloseTo(0.25, 14)
    expect(maxDrawdown(Float64Array.of(1, 2, 3))).toBe(0)
    expect(maxDrawdown(Float64Array.of())).toBe(0)
  })

  it('annualises the Sharpe ratio', () => {
    // mean 0.01, sample deviation 0.02: 0.5 a period
    expect(sharpe(Float64Array.of(-0.01, 0.01, 0.03), 252)).toBeCloseTo(0.5 * Math.sqrt(252), 12)
    expect(sharpe(Float64Array.of(0.1, 0.1, 0.1), 252)).toBeNull()
    expect(sharpe(Float64Array.of(0.1), 252)).toBeNull()
  })
})
