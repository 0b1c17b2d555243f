import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../../core/log.ts'
import {
  barsOfMoment,
  calendarFor,
  createSimulatedFeed,
  plantedFeatures,
  simulatePanel,
  sliceBars,
  sourceFor,
  type Bars,
  type SimulatedFeedState,
  type SimulatedPanel,
  type SimulationOptions,
} from '../../../market/index.ts'

/** The planted features of a bar by their published formulas, written down independently of the simulator. */
function features({ columns: { close, volume } }: Bars, row: number): [number, number, number] {
  const mean = volume.slice(row - 19, row + 1).reduce((sum, value) => sum + value, 0) / 20
  return [close[row]! / close[row - 5]! - 1, close[row]! / close[row - 1]! - 1, volume[row]! / mean]
}

const sigma = 0.015 * Math.sqrt(1 + 0.2 ** 2)
const raw = ([momentum, reversal, volume]: readonly [number, number, number]): number =>
  -0.5 * Math.tanh(momentum / (sigma * Math.sqrt(5))) -
  0.5 * Math.tanh(reversal / sigma) +
  0.7 * Math.tanh((volume - 1) / 0.5)

/** Ordinary least squares with an intercept; answers the fitted values. */
function fitted(x: readonly (readonly number[])[], y: readonly number[]): number[] {
  const design = x.map((row) => [1, ...row])
  const k = design[0]!.length
  const a = Array.from({ length: k }, (_, i) =>
    Array.from({ length: k + 1 }, (_, j) =>
      design.reduce((sum, row, n) => sum + row[i]! * (j < k ? row[j]! : y[n]!), 0),
    ),
  )
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      if (i === j) continue
      const factor = a[j]![i]! / a[i]![i]!
      for (let c = i; c <= k; c++) a[j]![c]! -= factor * a[i]![c]!
    }
  }
  const beta = a.map((row, i) => row[k]! / row[i]!)
  return design.map((row) => row.reduce((sum, value, i) => sum + value * beta[i]!, 0))
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((sum, x) => sum + x, 0) / v.length
  const [ma, mb] = [mean(a), mean(b)]
  const product = (v: readonly number[], mv: number, w: readonly number[], mw: number): number =>
    v.reduce((sum, x, i) => sum + (x - mv) * (w[i]! - mw), 0)
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb))
}

/** Rows with features, a true expectation and a next return. */
function rowsOf({
  bars,
  expectation,
}: SimulatedPanel): { x: number[]; expected: number; y: number }[] {
  return bars.flatMap((one, i) =>
    Array.from({ length: one.length - 21 }, (_, n) => {
      const row = n + 19
      const { close } = one.columns
      return {
        x: features(one, row),
        expected: expectation[i]![row]!,
        y: close[row + 1]! / close[row]! - 1,
      }
    }),
  )
}

const small: SimulationOptions = { symbols: 5, sectors: 2, bars: 60, seed: 3, strength: 0.3 }

describe('simulatePanel', () => {
  it('gives the same numbers for the same options and others for another seed', () => {
    const panel = simulatePanel(small)
    expect(simulatePanel(small)).toEqual(panel)
    const other = simulatePanel({ ...small, seed: 4 })
    expect(other.bars[0]!.columns.close).not.toEqual(panel.bars[0]!.columns.close)
  })

  it('has every session once, consistent bars and the sectors as groups', () => {
    const { bars, instruments } = simulatePanel({
      symbols: 7,
      sectors: 3,
      from: '2020-11-20',
      to: '2020-12-31',
    })
    const times = calendarFor('XNYS').barTimes('1d', '2020-11-20', '2020-12-31')
    expect(instruments.map(({ group }) => group)).toEqual(
      [1, 2, 3, 1, 2, 3, 1].map((n) => `Sector ${n}`),
    )
    for (const one of bars) {
      expect(one.columns.openTime).toEqual(times.openTime)
      expect(one.time).toEqual(times.closeTime)
      const { open, high, low, close, volume } = one.columns
      for (let row = 0; row < one.length; row++) {
        expect(high[row]).toBeGreaterThanOrEqual(Math.max(open[row]!, close[row]!))
        expect(low[row]).toBeLessThanOrEqual(Math.min(open[row]!, close[row]!))
        expect(volume[row]).toBeGreaterThan(0)
      }
    }
  })

  it('begins every longer panel with the shorter one, and every wider one with the narrower', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 59 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('1d', '1h'),
        (bars, symbols, timeframe) => {
          const whole = simulatePanel({ ...small, timeframe })
          const part = simulatePanel({ ...small, timeframe, bars, symbols })
          for (const [i, one] of part.bars.entries()) {
            expect(one).toEqual(sliceBars(whole.bars[i]!, 0, bars))
            expect(part.expectation[i]).toEqual(whole.expectation[i]!.slice(0, bars))
          }
        },
      ),
      { numRuns: 10 },
    )
  })

  it('has no planted expectation and no predictability at strength 0', () => {
    const panel = simulatePanel({ symbols: 30, bars: 2000, strength: 0, seed: 11 })
    expect(panel.expectation.every((one) => one.every((value) => value === 0))).toBe(true)
    expect(panel.optimum['return:1']).toMatchObject({ ic: 0, rankIc: 0, icPooled: 0 })
    const rows = rowsOf(panel)
    const y = rows.map((row) => row.y)
    // 59,370 rows: a correlation has a standard error of 0.0041, more with the common noise.
    for (const feature of [0, 1, 2]) {
      expect(
        Math.abs(
          correlation(
            rows.map(({ x }) => x[feature]!),
            y,
          ),
        ),
      ).toBeLessThan(0.02)
    }
  })

  it('is a martingale at strength 0', () => {
    // Loud enough that the mean of exp(noise) without its correction, exp(0.1² / 2) ≈ 1.005, would show.
    const options = {
      marketShare: 0,
      sectorShare: 0,
      volatility: 0.1,
      volatilitySpread: 0,
      gapShare: 1,
    }
    const { bars } = simulatePanel({ ...options, symbols: 30, bars: 2000, strength: 0, seed: 12 })
    const returns = bars.flatMap(({ columns: { open, close } }) =>
      Array.from({ length: 1998 }, (_, row) => [
        close[row + 1]! / close[row]! - 1,
        open[row + 2]! / open[row + 1]! - 1,
      ]),
    )
    for (const label of [0, 1]) {
      const mean = returns.reduce((sum, one) => sum + one[label]!, 0) / returns.length
      expect(Math.abs(mean)).toBeLessThan((4 * 0.142) / Math.sqrt(returns.length))
    }
  })

  it('plants the published function of the published features', () => {
    const { bars, expectation } = simulatePanel({ ...small, volatilitySpread: 0 })
    const rows = Array.from({ length: 40 }, (_, n) => n + 19)
    // log(1 + expectation) / (σ strength) is the signal: (raw − mean) / deviation, the same line for every symbol.
    const points = bars.flatMap((one, i) =>
      rows.map(
        (row) =>
          [raw(features(one, row)), Math.log1p(expectation[i]![row]!) / (0.015 * 0.3)] as const,
      ),
    )
    const [[x0, y0], [x1, y1]] = [points[0]!, points[1]!]
    const slope = (y1 - y0) / (x1 - x0)
    expect(slope).toBeGreaterThan(0)
    for (const [x, y] of points) expect(y).toBeCloseTo(y0 + slope * (x - x0), 8)
    expect(plantedFeatures.map(({ weight }) => weight)).toEqual([-0.5, -0.5, 0.7])
  })

  it.each([0.05, 0.1, 0.3])(
    'plants a standard signal of strength %f, and says what can be reached',
    (strength) => {
      const panel = simulatePanel({ symbols: 30, bars: 2500, strength, seed: 5 })
      const signals = panel.expectation.flatMap((one) =>
        Array.from(one.subarray(19), (value) => Math.log1p(value) / (0.015 * strength)),
      )
      const mean = signals.reduce((sum, value) => sum + value, 0) / signals.length
      const deviation = Math.sqrt(
        signals.reduce((sum, value) => sum + value * value, 0) / signals.length,
      )
      expect(Math.abs(mean)).toBeLessThan(0.06)
      expect(deviation).toBeGreaterThan(0.9)
      expect(deviation).toBeLessThan(1.1)
      for (const label of ['return:1', 'return:1@open'] as const) {
        const { ic, rankIc, icPooled, r2 } = panel.optimum[label]
        expect(Math.abs(ic - strength)).toBeLessThan(0.015)
        expect(Math.abs(icPooled - strength)).toBeLessThan(0.015)
        expect(rankIc).toBeGreaterThan(0.85 * ic)
        expect(Math.abs(r2 - icPooled ** 2)).toBeLessThan(0.003)
      }
      const rows = rowsOf(panel)
      const y = rows.map((row) => row.y)
      expect(
        correlation(
          rows.map(({ expected }) => expected),
          y,
        ),
      ).toBeCloseTo(panel.optimum['return:1'].icPooled, 2)
      // A straight line through the three features comes near the optimum; nothing honest passes it by more than chance.
      const line = correlation(
        fitted(
          rows.map(({ x }) => x),
          y,
        ),
        y,
      )
      expect(line).toBeGreaterThan(0.85 * panel.optimum['return:1'].icPooled)
      expect(line).toBeLessThan(panel.optimum['return:1'].icPooled + 0.005)
    },
  )

  it('gives the true mean of what follows: realised returns agree with the expectation, wherever it is', () => {
    const rows = rowsOf(
      simulatePanel({
        symbols: 60,
        bars: 2500,
        strength: 0.5,
        seed: 8,
        marketShare: 0,
        sectorShare: 0,
      }),
    )
    rows.sort((a, b) => a.expected - b.expected)
    const size = Math.floor(rows.length / 10)
    for (let tenth = 0; tenth < 10; tenth++) {
      const group = rows.slice(tenth * size, (tenth + 1) * size)
      const mean = (pick: (row: (typeof rows)[number]) => number): number =>
        group.reduce((sum, row) => sum + pick(row), 0) / size
      // Standard error of a tenth's mean: 0.0135 / √14,874 ≈ 1.1e-4.
      expect(Math.abs(mean(({ y }) => y) - mean(({ expected }) => expected))).toBeLessThan(4.5e-4)
    }
  })

  it('stays within bounds at the greatest strength', () => {
    const { bars } = simulatePanel({ symbols: 10, bars: 3000, strength: 0.95 })
    for (const { columns } of bars) {
      expect(columns.close.every((price) => price > 1 && price < 10_000)).toBe(true)
    }
  })

  it('scales its volatility to the timeframe', () => {
    const deviation = (options: SimulationOptions): number => {
      const { bars } = simulatePanel({ strength: 0, symbols: 10, ...options })
      const moves = bars.flatMap(({ columns: { open, close } }) =>
        Array.from(open, (o, i) => Math.log(close[i]! / o)),
      )
      return Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / moves.length)
    }
    expect(deviation({ bars: 2000 })).toBeCloseTo(0.015, 3)
    expect(deviation({ bars: 2000, timeframe: '1h', calendar: '24/7' })).toBeCloseTo(
      0.015 / Math.sqrt(24),
      3,
    )
  })

  it.each<[SimulationOptions, RegExp]>([
    [{ strength: 1 }, /simulate option strength/],
    [{ symbols: 0 }, /simulate option symbols/],
    [{ symbols: ['A', 'A'] }, /symbols must be distinct/],
    [{ from: '2020-02-30' }, /from must be a day/],
    [{ to: '2020-02-01', bars: 5 }, /to and bars must be given one at a time/],
    [{ from: '2020-02-01', to: '2020-01-01' }, /from must be not after/],
    [{ timeframe: '1w' }, /simulate option timeframe/],
    [{ marketShare: 0.6, sectorShare: 0.5 }, /marketShare \+ sectorShare must be below 1/],
    [{ speed: 1 } as SimulationOptions, /speed/],
  ])('refuses %j', (options, message) => {
    expect(() => simulatePanel(options)).toThrow(message)
  })
})

describe('createSimulatedFeed', () => {
  it('gives the bars of the panel one moment at a time, also after any number of restarts', () => {
    const { bars, expectation } = simulatePanel(small)
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 5 })
    fc.assert(
      fc.property(cuts, (restarts) => {
        let feed = createSimulatedFeed(small)
        for (let row = 0; row < 60; row++) {
          if (restarts.includes(row)) {
            const state = JSON.parse(JSON.stringify(feed.snapshot())) as SimulatedFeedState
            feed.next()
            feed = createSimulatedFeed(small, state)
          }
          const moment = feed.next()
          expect(barsOfMoment(feed, moment)).toEqual(
            bars.map((one) => sliceBars(one, row, row + 1)),
          )
          expect(moment.expectation).toEqual(Float64Array.from(expectation, (one) => one[row]!))
        }
      }),
      { numRuns: 10 },
    )
  })

  it('goes on where a panel was left, into years to come', () => {
    const feed = createSimulatedFeed({ ...small, from: '2029-12-20', publicationLagMs: 1000 })
    const moments = Array.from({ length: 300 }, () => feed.next())
    expect(new Date(moments[299]!.openTime).getUTCFullYear()).toBe(2031)
    for (let i = 1; i < 300; i++)
      expect(moments[i]!.openTime).toBeGreaterThan(moments[i - 1]!.closeTime)
    expect(moments[7]!.knownAt).toBe(moments[7]!.closeTime + 1000)
  })

  it('refuses the state of another simulation', () => {
    const state = createSimulatedFeed(small).snapshot()
    expect(() => createSimulatedFeed({ ...small, seed: 9 }, state)).toThrow(/same options/)
    expect(() => createSimulatedFeed({ ...small, symbols: 6 }, state)).toThrow(
      /every symbol.*SIM006/,
    )
    expect(() => createSimulatedFeed(small, { ...state, index: -1 })).toThrow(
      /a snapshot of this feed/,
    )
    expect(createSimulatedFeed({ ...small, symbols: 4 }, state).symbols).toHaveLength(4)
  })
})

describe('simulate source', () => {
  it('yields the panel', async () => {
    const read = sourceFor('simulate').read(small, {
      log: silentLog,
      knownInstrument: () => Promise.resolve(undefined),
    })
    const panel = simulatePanel(small)
    let count = 0
    for await (const item of read) {
      if (!('series' in item)) throw item.failed.error
      expect(item.series.rows.close).toEqual(panel.bars[count]!.columns.close)
      expect(item.series.instrument).toEqual(panel.instruments[count])
      count++
    }
    expect(count).toBe(5)
  })
})
