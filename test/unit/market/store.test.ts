import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import {
  concatBars,
  createBars,
  createInstrument,
  dataFingerprint,
  openBarStore,
  readParquet,
  sliceBars,
  writeParquet,
  type Bars,
  type BarStore,
} from '../../../market/index.ts'
import { pathToSymbol, symbolToPath } from '../../../market/store/symbol-path.ts'
import { hour, hourlyBars } from './hourly-bars.ts'

let root = ''
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorum-store-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Opened {
  store: BarStore
  clock: ManualClock
  folder: string
}

async function openStore(...symbols: string[]): Promise<Opened> {
  const folder = join(root, String(folders++))
  const clock = new ManualClock(Date.UTC(2024, 0, 1))
  const store = openBarStore({ folder, clock, log: silentLog })
  for (const symbol of symbols) {
    await store.putInstrument(createInstrument({ symbol, calendar: '24/7' }))
  }
  return { store, clock, folder }
}

const readAll = async (store: BarStore, symbol = 'A', asOf?: number): Promise<Bars> =>
  (await store.read({ symbols: [symbol], timeframe: '1h', asOf }))[0]!

/** Bars with the close of some rows set to another value. */
function corrected(bars: Bars, rows: readonly number[], by = 1): Bars {
  const close = bars.columns.close.slice()
  const high = bars.columns.high.slice()
  for (const row of rows) {
    close[row]! += by
    high[row] = Math.max(high[row]!, close[row]!)
  }
  const { symbol, timeframe, time } = bars
  return createBars({ ...bars.columns, symbol, timeframe, closeTime: time, close, high })
}

describe('bar store', () => {
  it('gives back every bit, whatever parts the bars came in and in whatever order', async () => {
    // 60 bars over a turn of the year: parts in two folders.
    const bars = hourlyBars('A', 60, { vwap: true, lagMs: 5000 })
    const cut = fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cut, fc.boolean(), fc.boolean(), async (cuts, backwards, compact) => {
        const { store } = await openStore('A')
        const edges = [0, ...cuts.sort((a, b) => a - b), 60]
        const parts = edges.slice(1).map((edge, i) => sliceBars(bars, edges[i]!, edge))
        for (const part of backwards ? parts.reverse() : parts) await store.append('A', '1h', part)
        if (compact) await store.compact()
        const read = await readAll(store)
        expect(dataFingerprint(read)).toBe(dataFingerprint(bars))
        expect(read).toEqual(bars)
      }),
      { numRuns: 15 },
    )
  })

  it('keeps missing numbers, zeros of both signs and the largest values', async () => {
    const { store } = await openStore('A')
    const price = Float64Array.of(Number.MIN_VALUE, 1e300, 0.1 + 0.2)
    const openTime = Float64Array.of(0, hour, 2 * hour)
    const bars = createBars({
      ...{ symbol: 'A', timeframe: '1h', openTime, closeTime: openTime.map((t) => t + hour) },
      ...{ open: price, high: price, low: price, close: price },
      ...{ volume: Float64Array.of(NaN, -0, 0), trades: Float64Array.of(NaN, 7, NaN) },
    })
    await store.append('A', '1h', bars)
    expect(await readAll(store)).toEqual(bars)
  })

  it('writes nothing for bars it has, and counts what is new and what is corrected', async () => {
    const { store, folder } = await openStore('A')
    const bars = hourlyBars('A', 10)
    expect(await store.append('A', '1h', sliceBars(bars, 0, 8))).toEqual({
      added: 8,
      corrected: 0,
      unchanged: 0,
    })
    const files = await readdir(join(folder, 'bars', '1h', 'A'), { recursive: true })
    expect(await store.append('A', '1h', sliceBars(bars, 0, 8))).toEqual({
      added: 0,
      corrected: 0,
      unchanged: 8,
    })
    expect(await readdir(join(folder, 'bars', '1h', 'A'), { recursive: true })).toEqual(files)
    expect(await store.append('A', '1h', corrected(bars, [3]))).toEqual({
      added: 2,
      corrected: 1,
      unchanged: 7,
    })
    expect(await store.coverage('A')).toEqual([
      {
        ...{ symbol: 'A', timeframe: '1h', rows: 10, sequence: 2 },
        ...{ first: bars.columns.openTime[0], last: bars.columns.openTime[9] },
      },
    ])
  })

  it('never shows a correction to an as-of read from before it was ingested', async () => {
    const bars = hourlyBars('A', 30, { lagMs: 1000 })
    const step = fc.record({
      rows: fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { minLength: 1, maxLength: 8 }),
      by: fc.integer({ min: 1, max: 5 }),
      compact: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const { store, clock } = await openStore('A')
        await store.append('A', '1h', bars)
        const history = [{ at: clock.now(), bars }]
        for (const { rows, by, compact } of steps) {
          clock.advance(1000)
          const next = corrected(history[history.length - 1]!.bars, rows, by)
          await store.append('A', '1h', next)
          if (compact) await store.compact('A')
          history.push({ at: clock.now(), bars: next })
        }
        for (const [i, { at, bars: then }] of history.entries()) {
          expect(dataFingerprint(await readAll(store, 'A', at))).toBe(dataFingerprint(then))
          const before = i === 0 ? bars : history[i - 1]!.bars
          expect(dataFingerprint(await readAll(store, 'A', at - 1))).toBe(dataFingerprint(before))
        }
        // Long before any of it was ingested: the first version of what was public by then.
        const early = await readAll(store, 'A', bars.time[9]! + 1000)
        expect(dataFingerprint(early)).toBe(dataFingerprint(sliceBars(bars, 0, 10)))
      }),
      { numRuns: 10 },
    )
  })

  it('takes dates in the zone of the instrument, both inclusive, and milliseconds', async () => {
    const { store } = await openStore()
    await store.putInstrument(
      createInstrument({ symbol: 'A', calendar: '24/7', timeZone: 'Asia/Tokyo' }),
    )
    const bars = hourlyBars('A', 24 * 8)
    await store.append('A', '1h', bars)
    const read = async (from?: string | number, to?: string | number): Promise<number[]> => {
      const [found] = await store.read({ symbols: ['A'], timeframe: '1h', from, to })
      const { openTime } = found!.columns
      return [openTime[0] ?? NaN, openTime[openTime.length - 1] ?? NaN]
    }
    const at = (iso: string): number => Date.parse(iso)
    expect(await read('2020-01-02', '2020-01-03')).toEqual([
      at('2020-01-01T15:00Z'),
      at('2020-01-03T14:00Z'),
    ])
    expect(await read(at('2020-01-01T00:30Z'), at('2020-01-01T03:00Z'))).toEqual([
      at('2020-01-01T01:00Z'),
      at('2020-01-01T02:00Z'),
    ])
    expect(await read('2030-01-01')).toEqual([NaN, NaN])
    await expect(read('2020-01-03', '2020-01-02')).rejects.toThrow(/from must be not after/)
    await expect(read('2020-1-3')).rejects.toThrow(/from must be a date/)
  })

  it('reads several symbols in the order asked for, with any name a symbol can have', async () => {
    const symbols = ['BTC/USD', '^GSPC', '..', 'a b', 'brk.b', 'Ω%2F']
    const { store, folder } = await openStore(...symbols)
    for (const symbol of symbols) await store.append(symbol, '1h', hourlyBars(symbol, 5))
    expect(await store.symbols()).toEqual([...symbols].sort())
    const read = await store.read({ symbols, timeframe: '1h' })
    expect(read.map(({ symbol }) => symbol)).toEqual(symbols)
    expect(dataFingerprint(read)).toBe(dataFingerprint(symbols.map((one) => hourlyBars(one, 5))))
    expect((await readdir(folder)).sort()).toEqual(['bars', 'instruments.json'])
  })

  it('names what it does not have', async () => {
    const { store } = await openStore('A', 'AB')
    await store.append('A', '1h', hourlyBars('A', 5))
    await expect(readAll(store, 'B')).rejects.toThrow(/no symbol B. Known: A/)
    await expect(store.read({ symbols: ['A'], timeframe: '1d' })).rejects.toThrow(
      /no timeframe of A 1d. Known: 1h/,
    )
    await expect(store.instrument('C')).rejects.toThrow(/no symbol C/)
    await expect(store.append('C', '1h', hourlyBars('C', 2))).rejects.toThrow(/no symbol C/)
    await expect(store.append('AB', '1h', hourlyBars('A', 2))).rejects.toThrow(
      /symbol of the bars must be AB/,
    )
    await expect(store.append('A', '5m', hourlyBars('A', 2))).rejects.toThrow(
      /timeframe of the bars/,
    )
    expect(await store.symbols('5m')).toEqual([])
    expect((await store.instrument('A')).timeframes).toEqual(['1h'])
  })

  it('loses no row of writers that append at once', async () => {
    const { clock, folder } = await openStore('A')
    const bars = hourlyBars('A', 40)
    const stores = [0, 1, 2].map(() => openBarStore({ folder, clock, log: silentLog }))
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        stores[i % 3]!.append('A', '1h', sliceBars(bars, Math.max(0, i * 4 - 2), i * 4 + 4)),
      ),
    )
    expect(results.reduce((sum, { added }) => sum + added, 0)).toBe(40)
    expect(dataFingerprint(await readAll(stores[0]!))).toBe(dataFingerprint(bars))
    expect((await stores[1]!.coverage('A'))[0]!.rows).toBe(40)
  })

  it('serves readers the same rows while it appends and compacts', async () => {
    const { store, clock, folder } = await openStore('A')
    const bars = hourlyBars('A', 60)
    await store.append('A', '1h', sliceBars(bars, 0, 20))
    const reader = openBarStore({ folder, clock, log: silentLog })
    let busy = true
    const reading = (async () => {
      let last = 0
      for (let n = 0; busy; n++) {
        const { length } = await readAll(reader)
        expect(length).toBeGreaterThanOrEqual(last)
        expect(length % 20).toBe(0)
        last = length
      }
    })()
    await store.append('A', '1h', sliceBars(bars, 20, 40))
    await store.compact()
    await store.append('A', '1h', sliceBars(bars, 40, 60))
    await store.compact()
    busy = false
    await reading
    expect(dataFingerprint(await readAll(reader))).toBe(dataFingerprint(bars))
  })

  it('compacts by itself what a live session adds bar by bar', async () => {
    const { store, folder } = await openStore('A')
    const bars = hourlyBars('A', 80, { start: Date.UTC(2020, 0, 1) })
    for (let row = 0; row < 80; row++) await store.append('A', '1h', sliceBars(bars, row, row + 1))
    const parts = await readdir(join(folder, 'bars', '1h', 'A', '2020'))
    expect(parts.length).toBeLessThan(30)
    expect(dataFingerprint(await readAll(store))).toBe(dataFingerprint(bars))
  })

  it('does not see parts without a commit, and sweeps them once they are old', async () => {
    const { store, folder } = await openStore('A')
    await store.append('A', '1h', hourlyBars('A', 5, { start: Date.UTC(2020, 0, 1) }))
    const year = join(folder, 'bars', '1h', 'A', '2020')
    const [part] = await readdir(year)
    const orphan = join(year, 'part-00000002-dead.parquet')
    await writeFile(orphan, await readFile(join(year, part!)))
    await writeFile(join(year, 'part-00000003.parquet.tmp'), 'half a fi')
    expect((await readAll(store)).length).toBe(5)
    await utimes(orphan, 1e9, 1e9)
    await store.compact()
    expect((await readdir(year)).sort()).toEqual([part, 'part-00000003.parquet.tmp'].sort())
  })

  it('says which series is damaged', async () => {
    const { store, folder } = await openStore('A')
    await store.append('A', '1h', hourlyBars('A', 5, { start: Date.UTC(2020, 0, 1) }))
    const year = join(folder, 'bars', '1h', 'A', '2020')
    await writeFile(join(year, (await readdir(year))[0]!), 'not parquet')
    await expect(readAll(store)).rejects.toMatchObject({ code: 'INTEGRITY' })
  })

  it('refuses a folder that belongs to a symbol of other case', async () => {
    const { store, folder, clock } = await openStore('A')
    await store.append('A', '1h', hourlyBars('A', 5))
    const commits = join(folder, 'bars', '1h', 'a', 'commits')
    await mkdir(commits, { recursive: true })
    const commit = await readFile(join(folder, 'bars', '1h', 'A', 'commits', '00000001.json'))
    await writeFile(join(commits, '00000001.json'), commit)
    const other = openBarStore({ folder, clock, log: silentLog })
    await expect(readAll(other, 'a')).rejects.toThrow(/belongs to A 1h, not to a 1h/)
  })

  it('keeps every instrument of stores that write at once', async () => {
    const { folder, clock } = await openStore()
    const stores = [0, 1].map(() => openBarStore({ folder, clock, log: silentLog }))
    // A manual clock never wakes a waiting writer, so the second store goes after the first.
    await Promise.all(
      ['C', 'A', 'B'].map((symbol) => stores[0]!.putInstrument(createInstrument({ symbol }))),
    )
    await stores[1]!.putInstrument(createInstrument({ symbol: 'D', group: 'Energy' }))
    expect((await stores[0]!.instruments()).map(({ symbol }) => symbol)).toEqual([
      'A',
      'B',
      'C',
      'D',
    ])
    expect((await stores[0]!.instrument('D')).group).toBe('Energy')
  })

  it('takes the place of a writer that died holding the instruments', async () => {
    const { store, folder } = await openStore('A')
    await writeFile(join(folder, 'instruments.json.lock'), '999999999')
    await store.putInstrument(createInstrument({ symbol: 'B' }))
    expect((await store.instrument('B')).symbol).toBe('B')
  })
})

describe('symbol folders', () => {
  it('are safe names and lead back to the symbol', () => {
    expect(['BTC/USD', '^GSPC', '..', 'BRK.B', 'A.'].map(symbolToPath)).toEqual([
      'BTC%2FUSD',
      '%5EGSPC',
      '%2E%2E',
      'BRK.B',
      'A%2E',
    ])
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (symbol) => {
        const name = symbolToPath(symbol)
        expect(name).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9_.%-]*$/)
        expect(pathToSymbol(name)).toBe(symbol)
      }),
    )
  })
})

describe('parquet', () => {
  it('round-trips numbers and strings in a path that looks like a pattern', async () => {
    const path = join(root, "it's [a] *pattern?", 'x.parquet')
    const values = Float64Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? NaN : Math.sin(i)))
    const text = {
      codes: Int32Array.from({ length: 5000 }, (_, i) => (i % 3) - 1),
      values: ['α', 'b"'],
    }
    await writeParquet(path, { values, text })
    await writeParquet(path.replace('pattern?', 'pattern2'), {
      values: Float64Array.of(1),
      text: { codes: Int32Array.of(-1), values: [] },
    })
    const { rows, columns } = await readParquet([path], { values: 'values', text: 'text' })
    expect(rows).toBe(5000)
    expect(columns['values']).toEqual(values)
    const read = columns['text'] as typeof text
    expect(Array.from(read.codes, (code) => read.values[code])).toEqual(
      Array.from(text.codes, (code) => text.values[code]),
    )
  })

  it('gives the rows that joined columns of bars had', () => {
    const bars = hourlyBars('A', 10)
    expect(concatBars([sliceBars(bars, 0, 4), sliceBars(bars, 4, 10)])).toEqual(bars)
  })
})

it('tells the first bar that appends since a sequence added or corrected', async () => {
  const { store, clock } = await openStore('A')
  const bars = hourlyBars('A', 100)
  const since = (sequence: number): Promise<number> => store.changedSince('A', '1h', sequence)
  const openOf = (row: number): number => bars.columns.openTime[row]!
  await store.append('A', '1h', sliceBars(bars, 10, 50))
  const { sequence } = (await store.coverage('A'))[0]!
  expect(await since(sequence)).toBe(Infinity)
  expect(await since(0)).toBe(openOf(10))
  await store.append('A', '1h', sliceBars(bars, 10, 60))
  expect(await since(sequence)).toBe(openOf(50))
  await store.append('A', '1h', corrected(sliceBars(bars, 20, 70), [3, 9]))
  expect(await since(sequence)).toBe(openOf(23))
  expect(await since(sequence + 1)).toBe(openOf(23))
  await store.compact()
  expect(await since(sequence + 1)).toBe(openOf(23))
  expect(await since(sequence + 2)).toBe(Infinity)
  await store.append('A', '1h', sliceBars(bars, 5, 6))
  expect(await since(sequence + 2)).toBe(openOf(5))
  // What was replaced is forgotten after an hour; a sequence of another store is not known at all.
  clock.advance(Date.now() - clock.now() + 2 * hour)
  await store.append('A', '1h', sliceBars(bars, 70, 71))
  await store.compact()
  expect(await since(sequence)).toBe(-Infinity)
  expect(await since(1_000)).toBe(-Infinity)
})
