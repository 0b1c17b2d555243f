import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  concatBars,
  createBars,
  createInstrument,
  createPanel,
  createUniverse,
  dataFingerprint,
  knownBars,
  membersAt,
  sliceBars,
  type BarsInput,
} from '../../../market/index.ts'
import { hourlyBars } from './hourly-bars.ts'

const change = (fields: Partial<BarsInput>): BarsInput => {
  const bars = hourlyBars('A', 4)
  return { symbol: 'A', timeframe: '1h', ...bars.columns, closeTime: bars.time, ...fields }
}

describe('createBars', () => {
  it('takes the close as knownAt and drops optional columns without a number', () => {
    const { knownAt: _, ...input } = change({})
    const bars = createBars({ ...input, vwap: new Float64Array(4).fill(NaN) })
    expect(bars.columns.knownAt).toBe(bars.time)
    expect(Object.keys(bars.columns)).not.toContain('vwap')
    expect(Object.isFrozen(bars)).toBe(true)
  })

  it.each([
    ['unequal lengths', { high: new Float64Array(3) }, /column high has 3 rows/],
    ['a bar that ends before it begins', { closeTime: new Float64Array(4) }, /row 0 opens/],
    ['times that repeat', { openTime: new Float64Array(4).fill(1) }, /row 1 does not lie after/],
    ['a price that is no number', { open: Float64Array.of(1, 2, NaN, 1) }, /row 2.*finite/],
    ['high below low', { high: Float64Array.of(1e9, 1, 1e9, 1e9) }, /row 1 has high 1 below low/],
    ['negative volume', { volume: Float64Array.of(1, 1, 1, -1) }, /row 3 has volume -1/],
    ['knowledge before the close', { knownAt: new Float64Array(4) }, /row 0 is known at 0/],
  ])('refuses %s, naming the row', (_, fields, message) => {
    expect(() => createBars(change(fields))).toThrow(message)
  })

  it('refuses a timeframe it does not know', () => {
    expect(() => createBars(change({ timeframe: '5d' }))).toThrow(/timeframe must be/)
  })
})

describe('parts of bars', () => {
  it('slices and joins back to the same data', () => {
    const bars = hourlyBars('A', 50, { vwap: true })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (cut) => {
        const joined = concatBars([sliceBars(bars, 0, cut), sliceBars(bars, cut, 50)])
        expect(dataFingerprint(joined)).toBe(dataFingerprint(bars))
      }),
    )
  })

  it('shows what was known at a moment, that moment included', () => {
    const bars = hourlyBars('A', 5, { lagMs: 1000 })
    expect(knownBars(bars, bars.time[2]!).length).toBe(2)
    expect(knownBars(bars, bars.time[2]! + 1000).length).toBe(3)
  })
})

describe('dataFingerprint', () => {
  it('changes with every bit, the symbol and the timeframe, and not with order or memory layout', () => {
    const a = hourlyBars('A', 20, { vwap: true })
    const b = hourlyBars('B', 20)
    const fingerprint = dataFingerprint([a, b])
    expect(dataFingerprint([b, a])).toBe(fingerprint)
    expect(dataFingerprint(sliceBars(hourlyBars('A', 30, { vwap: true }), 0, 20))).toBe(
      dataFingerprint(a),
    )
    const seen = new Set([
      fingerprint,
      dataFingerprint(a),
      dataFingerprint(hourlyBars('C', 20, { vwap: true })),
    ])
    for (const name of Object.keys(a.columns) as (keyof typeof a.columns)[]) {
      const column = a.columns[name]!.slice()
      column[7] = name === 'openTime' || name === 'low' ? column[7]! - 1e-3 : column[7]! + 1e-3
      const input = {
        ...a.columns,
        [name]: column,
        symbol: 'A',
        timeframe: '1h',
        closeTime: a.time,
      }
      seen.add(dataFingerprint(createBars(input)))
    }
    expect(seen.size).toBe(3 + Object.keys(a.columns).length)
  })

  it('knows one NaN only', () => {
    const odd = new Float64Array(
      new BigUint64Array([0x7ff8000000000001n, 0xfff8000000000000n]).buffer,
    )
    const bars = (volume: Float64Array): string =>
      dataFingerprint(createBars({ ...hourlyInput(2), volume }))
    expect(bars(odd)).toBe(bars(Float64Array.of(NaN, NaN)))
  })
})

function hourlyInput(length: number): BarsInput {
  const bars = hourlyBars('A', length)
  return { symbol: 'A', timeframe: '1h', ...bars.columns, closeTime: bars.time }
}

describe('createPanel', () => {
  it('maps every moment to the row that became known then', () => {
    const a = hourlyBars('A', 4)
    const late = sliceBars(hourlyBars('B', 6), 2, 6)
    const panel = createPanel([a, late], { groups: { A: 'Energy' } })
    expect(panel.symbols).toEqual(['A', 'B'])
    expect(panel.groups).toEqual(['Energy', ''])
    expect([...panel.moments]).toEqual([...hourlyBars('A', 6).time])
    expect(panel.rowAt.map((rows) => [...rows])).toEqual([
      [0, 1, 2, 3, -1, -1],
      [-1, -1, 0, 1, 2, 3],
    ])
  })

  it('takes the latest of rows published together', () => {
    const bars = hourlyBars('A', 3)
    const knownAt = new Float64Array(3).fill(bars.time[2]!)
    const weekly = createBars({ ...hourlyInput(3), knownAt })
    const panel = createPanel([weekly])
    expect([[...panel.moments], [...panel.rowAt[0]!]]).toEqual([[bars.time[2]!], [2]])
  })

  it('refuses a symbol given twice', () => {
    expect(() => createPanel([hourlyBars('A', 2), hourlyBars('A', 2)])).toThrow(/distinct.*A/)
  })
})

describe('universe', () => {
  const universe = createUniverse('index', [
    { symbol: 'OLD', from: 0, to: Infinity, knownAt: 0 },
    { symbol: 'OLD', from: 0, to: 100, knownAt: 90 },
    { symbol: 'NEW', from: 100, to: Infinity, knownAt: 90 },
    { symbol: 'BACK', from: 10, to: 20, knownAt: 5 },
    { symbol: 'BACK', from: 40, to: Infinity, knownAt: 30 },
  ])

  it.each([
    [0, ['OLD']],
    [10, ['BACK', 'OLD']],
    [20, ['OLD']],
    [89, ['BACK', 'OLD']],
    [99, ['BACK', 'OLD']],
    [100, ['BACK', 'NEW']],
  ])('at %i has %j', (moment, members) => {
    expect(membersAt(universe, moment)).toEqual(members)
  })

  it('never lets a later row change an earlier moment', () => {
    const past = universe.memberships.filter(({ knownAt }) => knownAt <= 50)
    for (let moment = 0; moment <= 50; moment++) {
      expect(membersAt(universe, moment)).toEqual(membersAt(createUniverse('past', past), moment))
    }
  })

  it('refuses a membership that ends before it begins', () => {
    const wrong = { symbol: 'A', from: 2, to: 1, knownAt: 0 }
    expect(() => createUniverse('index', [wrong])).toThrow(/membership of A/)
  })
})

describe('createInstrument', () => {
  it('takes the defaults of its calendar', () => {
    expect(createInstrument({ symbol: 'AAPL' })).toMatchObject({
      ...{ name: 'AAPL', assetClass: 'equity', currency: 'USD', timeZone: 'America/New_York' },
      ...{ calendar: 'XNYS', fractional: false, publicationLagMs: 0 },
    })
    expect(createInstrument({ symbol: 'BTC/USD', calendar: '24/7' })).toMatchObject({
      ...{ assetClass: 'crypto', timeZone: 'UTC', fractional: true },
    })
  })

  it.each([
    [{ symbol: '' }, /symbol/],
    [{ symbol: 'A\u0000B' }, /control character/],
    [{ symbol: 'A', timeZone: 'Mars' }, /timeZone.*Mars/],
    [{ symbol: 'A', publicationLagMs: -1 }, /publicationLagMs/],
  ])('refuses %j by name', (fields, message) => {
    expect(() => createInstrument(fields)).toThrow(message)
  })
})
