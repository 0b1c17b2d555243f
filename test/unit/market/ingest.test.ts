import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import { createRng } from '../../../core/rng.ts'
import {
  calendarFor,
  createInstrument,
  dataFingerprint,
  formatDate,
  ingest,
  openBarStore,
  parseDate,
  sourceFor,
  writeParquet,
  type Bars,
  type BarStore,
  type Finding,
  type FindingKind,
  type IngestReport,
} from '../../../market/index.ts'

let root = ''
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorum-ingest-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const clock = new ManualClock(Date.UTC(2024, 0, 1))
const newStore = (): BarStore =>
  openBarStore({ folder: join(root, `store-${folders++}`), clock, log: silentLog })

interface Row {
  date: string
  open: number | string
  high: number | string
  low: number | string
  close: number | string
  volume: number | string
}

/** Clean daily rows on the exchange's sessions. */
function cleanRows(count: number, { from = '2020-01-02', seed = 1 } = {}): Row[] {
  const rng = createRng(seed)
  let date = from
  let price = 100
  return Array.from({ length: count }, () => {
    const open = price * Math.exp(0.003 * rng.normal())
    const close = open * Math.exp(0.01 * rng.normal())
    const row = {
      ...{ date, open, close, volume: 1000 + rng.integer(1000) },
      high: Math.max(open, close) * (1 + 0.005 * rng.uniform()),
      low: Math.min(open, close) * (1 - 0.005 * rng.uniform()),
    }
    price = close
    date = calendarFor('XNYS').nextSession(date)
    return row
  })
}

async function writeCsv(rows: readonly Row[], name = `${folders++}.csv`): Promise<string> {
  const path = join(root, name)
  const lines = rows.map((row) =>
    [row.date, row.open, row.high, row.low, row.close, row.volume].join(','),
  )
  await writeFile(path, `date,open,high,low,close,volume\n${lines.join('\n')}\n`)
  return path
}

interface Outcome {
  report: IngestReport
  bars: Bars
  store: BarStore
  found: Partial<Record<FindingKind, Finding>>
}

async function ingestRows(
  rows: readonly Row[],
  { store = newStore(), repair = [] as string[], options = {} } = {},
): Promise<Outcome> {
  const files = await writeCsv(rows)
  const report = await ingest({
    ...{ source: 'csv', options: { files, symbol: 'X', ...options }, repair },
    ...{ store, log: silentLog, clock },
  })
  const { timeframe, findings } = report.symbols[0]!
  const [bars] = await store.read({ symbols: ['X'], timeframe })
  const found = Object.fromEntries(findings.map((finding) => [finding.kind, finding]))
  return { report, bars: bars!, store, found }
}

describe('samples', () => {
  it('stores the S&P 500 and says where its opens are copies', async () => {
    const store = newStore()
    const { symbols } = await ingest({ source: 'sp500', store, log: silentLog, clock })
    expect(symbols[0]).toMatchObject({
      ...{ symbol: 'SPX', timeframe: '1d', rowsRead: 5105, rowsStored: 5105, rowsRefused: 0 },
      ...{ from: Date.parse('2000-01-03T14:30Z'), to: Date.parse('2020-04-17T13:30Z') },
    })
    const copied = symbols[0]!.findings.find(({ kind }) => kind === 'open-equals-previous-close')!
    // Counted apart: 1,208 of the 1,255 bars before 2005 are copies. The stretch found must hold nearly all of them.
    expect(copied.count).toBeGreaterThan(1208 * 0.98)
    expect(copied.first.detail).toMatch(/from 2000-01-04 to 200[4-6]/)
    const [bars] = await store.read({ symbols: ['SPX'], timeframe: '1d', to: '2000-01-03' })
    expect([bars!.columns.open[0], bars!.columns.volume[0]]).toEqual([1469.25, 931800000])
    expect((await store.instrument('SPX')).assetClass).toBe('index')
  })

  it('stores Apple without a finding', async () => {
    const store = newStore()
    const { symbols } = await ingest({ source: 'aapl', store, log: silentLog, clock })
    expect(symbols[0]).toMatchObject({ symbol: 'AAPL', rowsStored: 1260, findings: [] })
    expect((await store.instrument('AAPL')).timeframes).toEqual(['1d'])
  })
})

describe('ingest', () => {
  it('changes nothing the second time', async () => {
    const rows = cleanRows(300)
    const { report, store, bars } = await ingestRows(rows)
    expect(report.symbols[0]).toMatchObject({
      rowsRead: 300,
      rowsStored: 300,
      rowsWritten: 300,
      findings: [],
    })
    const parts = await readdir(store.folder, { recursive: true })
    const again = await ingestRows(rows, { store })
    expect(again.report.symbols[0]).toMatchObject({ rowsStored: 300, rowsWritten: 0 })
    expect(await readdir(store.folder, { recursive: true })).toEqual(parts)
    expect(dataFingerprint(again.bars)).toBe(dataFingerprint(bars))
  })

  it('places daily bars on their sessions, half days too', async () => {
    const { bars } = await ingestRows(cleanRows(3, { from: '2020-11-25' }))
    expect([...bars.time]).toEqual(
      ['2020-11-25T21:00Z', '2020-11-27T18:00Z', '2020-11-30T21:00Z'].map((iso) => Date.parse(iso)),
    )
  })

  it('stores shuffled rows as sorted ones when asked to sort', async () => {
    const rows = cleanRows(40)
    const sorted = dataFingerprint((await ingestRows(rows)).bars)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(rows, { minLength: 40 }), async (shuffled) => {
        const { bars, report, found } = await ingestRows(shuffled, { repair: ['sort'] })
        expect(dataFingerprint(bars)).toBe(sorted)
        expect(report.symbols[0]!.rowsRefused).toBe(0)
        let latest = ''
        const late = shuffled.filter(({ date }) => {
          const before = date < latest
          if (!before) latest = date
          return before
        })
        expect(found.disorder?.count ?? 0).toBe(late.length)
      }),
      { numRuns: 15 },
    )
  })

  it('gives back from the store what a file held, to the bit', async () => {
    const price = fc.double({ min: 1e-6, max: 1e9, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(price, price, price), { minLength: 1, maxLength: 30 }),
        async (prices) => {
          const rows = cleanRows(prices.length).map((row, i) => {
            const [open, close, other] = prices[i]!
            return {
              ...row,
              open,
              close,
              high: Math.max(open, close, other),
              low: Math.min(open, close, other),
            }
          })
          const { bars } = await ingestRows(rows, { options: { timeframe: '1d' } })
          for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
            expect([...bars.columns[name]]).toEqual(rows.map((row) => row[name]))
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  it('keeps the first of duplicates, or the last when asked, and says how they differ', async () => {
    const rows = cleanRows(20)
    const twice = [...rows.slice(0, 10), { ...rows[9]!, volume: 7 }, rows[9]!, ...rows.slice(10)]
    const first = await ingestRows(twice)
    expect(first.found.duplicate).toMatchObject({
      count: 2,
      action: 'refused',
      severity: 'warning',
    })
    expect(first.found.duplicate!.examples.map(({ row, detail }) => [row, detail])).toEqual([
      [12, `differs from row 11: volume ${rows[9]!.volume} and 7`],
      [13, 'equals row 11'],
    ])
    expect(first.bars.columns.volume[9]).toBe(rows[9]!.volume)
    const last = await ingestRows([...twice.slice(0, 11), ...rows.slice(10)], {
      repair: ['dedupe'],
    })
    expect([last.bars.length, last.bars.columns.volume[9]]).toEqual([20, 7])
    // Sorting keeps duplicates in file order, so first and last mean the same with it.
    const moved = [...rows.slice(10), ...twice.slice(0, 11)]
    const sorted = await ingestRows(moved, { repair: ['sort'] })
    expect(sorted.bars.columns.volume[9]).toBe(rows[9]!.volume)
    const both = await ingestRows(moved, { repair: ['sort', 'dedupe'] })
    expect(both.bars.columns.volume[9]).toBe(7)
  })

  it('refuses rows out of order and points at sort where most are', async () => {
    const rows = cleanRows(20)
    const slip = [...rows.slice(0, 5), rows[6]!, rows[5]!, ...rows.slice(7)]
    const { found, report } = await ingestRows(slip)
    expect(found.disorder).toMatchObject({ count: 1, action: 'refused', first: { row: 8 } })
    expect(found.gap).toMatchObject({ count: 1 })
    expect(report.symbols[0]).toMatchObject({ rowsStored: 19, rowsRefused: 1 })
    await expect(ingestRows([...rows].reverse())).rejects.toThrow(
      /19 of 20 rows.*newest first.*sort/,
    )
  })

  it.each<[FindingKind, Partial<Row>, RegExp]>([
    ['missing-price', { close: '' }, /close NaN/],
    ['missing-price', { open: 'NaN' }, /open NaN/],
    ['non-positive-price', { low: 0 }, /low 0/],
    ['non-positive-price', { low: -1 }, /low -1/],
    ['high-below-low', { high: 1, low: 2, open: 1.5, close: 1.5 }, /high 1, low 2/],
    ['negative-volume', { volume: -5 }, /volume -5/],
  ])('refuses a row with %s', async (kind, fields, detail) => {
    const rows = cleanRows(10)
    rows[4] = { ...rows[4]!, ...fields }
    const { found, report, bars } = await ingestRows(rows)
    expect(found[kind]).toMatchObject({
      count: 1,
      severity: 'error',
      action: 'refused',
      first: { row: 6 },
    })
    expect(found[kind]!.first.detail).toMatch(detail)
    expect(report.symbols[0]).toMatchObject({ rowsRead: 10, rowsStored: 9, rowsRefused: 1 })
    expect(bars.length).toBe(9)
  })

  it('keeps prices below zero of an instrument that may have them', async () => {
    const rows = cleanRows(5).map((row) => ({ ...row, open: -3, high: -1, low: -4, close: -2 }))
    const { bars } = await ingestRows(rows, { options: { nonPositivePrices: true } })
    expect([...bars.columns.close]).toEqual([-2, -2, -2, -2, -2])
  })

  it('reports opens and closes outside the range and clips only when asked', async () => {
    const rows = cleanRows(10)
    const high = (Number(rows[3]!.open) + Number(rows[3]!.close)) / 2
    rows[3] = { ...rows[3]!, high, low: high / 2 }
    rows[6] = { ...rows[6]!, high: 1, low: 2, open: 1.5, close: 3 }
    const kept = await ingestRows(rows)
    expect(kept.found['open-close-outside']).toMatchObject({
      count: 1,
      action: 'kept',
      first: { row: 5 },
    })
    expect(kept.bars.columns.high[3]).toBe(high)
    const clipped = await ingestRows(rows, { repair: ['clip-ohlc'] })
    expect(clipped.bars.length).toBe(10)
    const { open, high: highs, low, close } = clipped.bars.columns
    expect([highs[6], low[6]]).toEqual([3, 1])
    expect(highs[3]).toBe(Math.max(open[3]!, close[3]!))
    expect(clipped.found['high-below-low']).toMatchObject({ count: 1, action: 'repaired' })
  })

  it('counts the bars a calendar has and the series has not', async () => {
    const rows = cleanRows(30)
    const { found } = await ingestRows([
      ...rows.slice(0, 4),
      ...rows.slice(7, 20),
      ...rows.slice(21),
    ])
    expect(found.gap).toMatchObject({ count: 4, first: { row: 6 } })
    expect(found.gap!.first.detail).toMatch(
      /^3 missing between 2020-01-07T21:00Z and 2020-01-13T14:30Z$/,
    )
    expect(found.gap!.examples).toHaveLength(2)
  })

  it('reports bars on days without session and keeps them', async () => {
    const rows = cleanRows(5)
    const { found, bars } = await ingestRows([
      ...rows.slice(0, 2),
      { ...rows[2]!, date: '2020-01-04' },
      ...rows.slice(2),
    ])
    expect(found['off-calendar']).toMatchObject({ count: 1, first: { row: 4 } })
    expect(bars.columns.openTime[2]).toBe(Date.parse('2020-01-04T14:30Z'))
  })

  it('reports stale prices, missing and zero volume', async () => {
    const rows = cleanRows(30)
    for (let i = 10; i < 17; i++)
      rows[i] = { ...rows[i]!, open: 100, high: 100, low: 100, close: 100 }
    rows[20] = { ...rows[20]!, volume: 0 }
    rows[21] = { ...rows[21]!, volume: '' }
    const { found } = await ingestRows(rows)
    expect(found['stale-price']).toMatchObject({
      count: 7,
      first: { row: 12, detail: 'close 100 for 7 bars' },
    })
    expect(found['zero-volume']).toMatchObject({ count: 1, severity: 'info', first: { row: 22 } })
    expect(found['missing-volume']).toMatchObject({ count: 1, first: { row: 23 } })
  })

  it.each([
    [2, '1/2'],
    [3, '1/3'],
    [7, '1/7'],
    [1.5, '2/3'],
    [0.5, '2'],
    [1 / 10, '10'],
  ])(
    'reports a split by %f, and not the same jump with volume going along',
    async (ratio, name) => {
      const split = (volumeRatio: number): Row[] =>
        cleanRows(60).map((row, i) =>
          i < 30
            ? row
            : {
                ...{ date: row.date, volume: Math.round(Number(row.volume) * volumeRatio) },
                ...{ open: Number(row.open) / ratio, high: Number(row.high) / ratio },
                ...{ low: Number(row.low) / ratio, close: Number(row.close) / ratio },
              },
        )
      const { found } = await ingestRows(split(ratio * ratio))
      expect(found['split-like-jump']).toMatchObject({ count: 1, first: { row: 32 } })
      expect(found['split-like-jump']!.first.detail).toMatch(new RegExp(`ratio near ${name}$`))
      expect(found['extreme-return']).toBeUndefined()
      const along = await ingestRows(split(1 / ratio / ratio))
      expect(along.found['split-like-jump']).toBeUndefined()
      expect(along.found['extreme-return']).toMatchObject({ count: 1, first: { row: 32 } })
    },
  )

  it('does not take real opens for copies, whatever the odd equal one', async () => {
    const rows = cleanRows(400)
    for (let i = 1; i < 400; i += 3) rows[i]!.open = rows[i - 1]!.close
    expect((await ingestRows(rows)).found['open-equals-previous-close']).toBeUndefined()
    for (let i = 100; i < 200; i++) rows[i]!.open = rows[i - 1]!.close
    const { found } = await ingestRows(rows)
    expect(found['open-equals-previous-close']!.count).toBeGreaterThanOrEqual(100)
    expect(found['open-equals-previous-close']!.count).toBeLessThan(110)
  })

  it('reads intraday bars of the exchange through a clock change, and bars around the clock', async () => {
    const { openTime, closeTime } = calendarFor('XNYS').barTimes('30m', '2024-03-08', '2024-03-11')
    const wall = (at: number): string =>
      new Date(at).toLocaleString('sv-SE', { timeZone: 'America/New_York' })
    const rows = Array.from(openTime, (at, i) => ({ ...cleanRows(30)[i]!, date: wall(at) }))
    const { bars, report } = await ingestRows(rows)
    expect(report.symbols[0]).toMatchObject({ timeframe: '30m', findings: [] })
    expect([bars.columns.openTime, bars.time]).toEqual([openTime, closeTime])
    const closes = Array.from(closeTime, (at, i) => ({
      ...cleanRows(30)[i]!,
      date: new Date(at).toISOString(),
    }))
    const byClose = await ingestRows(closes, { options: { timeIs: 'close' } })
    expect([byClose.bars.columns.openTime, byClose.bars.time]).toEqual([openTime, closeTime])
  })

  it('reads a short last bar by its opening and by its close', async () => {
    const { openTime, closeTime } = calendarFor('XNYS').barTimes('1h', '2024-03-11', '2024-03-12')
    for (const [times, timeIs] of [
      [openTime, 'open'],
      [closeTime, 'close'],
    ] as const) {
      const rows = Array.from(times, (at, i) => ({
        ...cleanRows(20)[i]!,
        date: new Date(at).toISOString(),
      }))
      const { bars, found } = await ingestRows(rows, { options: { timeIs } })
      expect(found.gap).toBeUndefined()
      expect([bars.columns.openTime, bars.time]).toEqual([openTime, closeTime])
    }
  })

  it.each([
    '2020-01-02T00:00:00Z',
    '2020-01-02T05:00:00Z',
    '2020-01-02 00:00:00',
    '20200102',
    '1577923200',
  ])('takes the daily time %s for its date', async (date) => {
    const { bars } = await ingestRows([{ ...cleanRows(1)[0]!, date }], {
      options: { timeframe: '1d' },
    })
    expect(bars.columns.openTime[0]).toBe(Date.parse('2020-01-02T14:30Z'))
  })

  it('adds the publication lag to the close', async () => {
    const { bars } = await ingestRows(cleanRows(3), { options: { publicationLagMs: 900_000 } })
    expect(bars.columns.knownAt).toEqual(bars.time.map((time) => time + 900_000))
  })

  it('takes the instrument from the store, and options over it', async () => {
    const store = newStore()
    await store.putInstrument(createInstrument({ symbol: 'X', calendar: '24/7', group: 'Coins' }))
    const days = cleanRows(5).map((row, i) => ({
      ...row,
      date: formatDate(parseDate('2020-01-02') + i),
    }))
    const { bars, found } = await ingestRows(days, { store, options: { currency: 'EUR' } })
    expect(found).toEqual({})
    expect(bars.time[0]).toBe(Date.parse('2020-01-03T00:00Z'))
    expect(await store.instrument('X')).toMatchObject({
      group: 'Coins',
      currency: 'EUR',
      timeframes: ['1d'],
    })
  })

  it('stores the good files of a folder and lists the others', async () => {
    const folder = join(root, 'many')
    await mkdir(folder)
    await writeCsv(cleanRows(5), 'many/GOOD.csv')
    await writeCsv(cleanRows(5, { seed: 2 }), 'many/FINE.csv')
    await writeCsv([{ ...cleanRows(1)[0]!, close: 'abc' }], 'many/BAD.csv')
    await writeCsv(cleanRows(9).reverse(), 'many/UPSIDE.csv')
    await writeFile(join(folder, 'notes.md'), 'not data')
    const store = newStore()
    const report = await ingest({
      source: 'csv',
      options: { files: folder },
      store,
      log: silentLog,
      clock,
    })
    expect(report.symbols.map(({ symbol }) => symbol)).toEqual(['FINE', 'GOOD'])
    expect(
      report.failed.map(({ code, message }) => [
        code,
        message.slice(message.lastIndexOf('/') + 1, -1),
      ]),
    ).toEqual([
      [
        'BAD_DATA',
        expect.stringMatching(/^BAD.csv: line 2: column 5 "close": "abc" is no numbe/) as string,
      ],
      ['BAD_DATA', expect.stringMatching(/^UPSIDE.csv: 8 of 9 rows/) as string],
    ])
    expect(await store.symbols()).toEqual(['FINE', 'GOOD'])
  })

  it('stores nothing of a file that cannot be read to its end', async () => {
    const store = newStore()
    const rows: Row[] = [...cleanRows(5000), { ...cleanRows(1)[0]!, close: 'abc' }]
    await expect(ingestRows(rows, { store })).rejects.toThrow(/line 5002: column 5 "close": "abc"/)
    expect(await store.symbols()).toEqual([])
  })

  it('refuses what it is asked wrongly', async () => {
    const base = { store: newStore(), log: silentLog, clock }
    const files = await writeCsv(cleanRows(3))
    await expect(ingest({ ...base, source: 'cvs' })).rejects.toThrow(/no source cvs. Known: csv/)
    await expect(ingest({ ...base, source: 'csv', options: {} })).rejects.toThrow(
      /csv option files/,
    )
    await expect(ingest({ ...base, source: 'csv', options: { files, colour: 1 } })).rejects.toThrow(
      /colour/,
    )
    await expect(
      ingest({ ...base, source: 'csv', options: { files, timeframe: '5d' } }),
    ).rejects.toThrow(/csv option timeframe.*"5d"/)
    await expect(
      ingest({ ...base, source: 'csv', options: { files }, repair: ['magic'] }),
    ).rejects.toThrow(/repair must be some of sort, dedupe, clip-ohlc/)
    await expect(
      ingest({ ...base, source: 'csv', options: { files: join(root, 'none') } }),
    ).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
    await expect(
      ingest({ ...base, source: 'csv', options: { files, timeframe: '1h' } }),
    ).rejects.toThrow(/2020-01-02 has no time of day, but the timeframe is 1h/)
    const nothing = cleanRows(2).map((row) => ({ ...row, close: '' }))
    await expect(ingestRows(nothing)).rejects.toMatchObject({ code: 'NO_ROWS' })
    const aborted = AbortSignal.abort()
    await expect(ingest({ ...base, source: 'aapl', signal: aborted })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    expect(await base.store.symbols()).toEqual([])
  })
})

describe('parquet source', () => {
  it('stores what the same rows give as CSV, by symbol', async () => {
    const rows = cleanRows(50)
    const column = (name: 'open' | 'high' | 'low' | 'close' | 'volume'): Float64Array =>
      Float64Array.from([...rows, ...rows], (row) => Number(row[name]))
    const path = join(root, 'panel.parquet')
    const codes = Int32Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1))
    const dates = rows.map(({ date }) => date)
    await writeParquet(path, {
      Symbol: { codes, values: ['X', 'Y'] },
      Date: { codes: Int32Array.from({ length: 100 }, (_, i) => i % 50), values: dates },
      ...{ Open: column('open'), High: column('high'), Low: column('low') },
      ...{ Close: column('close'), Volume: column('volume') },
    })
    const store = newStore()
    const report = await ingest({
      source: 'parquet',
      options: { files: path },
      store,
      log: silentLog,
      clock,
    })
    expect(report.symbols.map(({ symbol, rowsStored }) => [symbol, rowsStored])).toEqual([
      ['X', 50],
      ['Y', 50],
    ])
    const [x] = await store.read({ symbols: ['X'], timeframe: '1d' })
    expect(dataFingerprint(x!)).toBe(dataFingerprint((await ingestRows(rows)).bars))
  })

  it('reads back the parts of a store', async () => {
    const { store, bars } = await ingestRows(cleanRows(50))
    const year = join(store.folder, 'bars', '1d', 'X', '2020')
    const files = join(year, (await readdir(year))[0]!)
    const other = newStore()
    await ingest({
      ...{ source: 'parquet', options: { files, symbol: 'X', timeframe: '1d' } },
      ...{ store: other, log: silentLog, clock },
    })
    const [read] = await other.read({ symbols: ['X'], timeframe: '1d' })
    expect(dataFingerprint(read!)).toBe(dataFingerprint(bars))
  })

  it('names what is wrong with a file', async () => {
    const at = async (
      name: string,
      columns: Parameters<typeof writeParquet>[1],
    ): Promise<unknown> => {
      const files = join(root, name)
      await writeParquet(files, columns)
      return ingest({
        source: 'parquet',
        options: { files },
        store: newStore(),
        log: silentLog,
        clock,
      })
    }
    const one = Float64Array.of(1)
    const text = { codes: Int32Array.of(0), values: ['x'] }
    const prices = { open: one, high: one, low: one, close: one }
    await expect(at('a.parquet', { time: one, price: one })).rejects.toThrow(
      /lacks open, high, low, close; it has "time", "price"/,
    )
    await expect(at('b.parquet', { ...prices, time: text })).rejects.toThrow(
      /format of "x" is not clear/,
    )
    await expect(at('c.parquet', { ...prices, close: text, time: one })).rejects.toThrow(
      /column close is VARCHAR, not a number/,
    )
    await expect(at('d.parquet', { ...prices, time: Float64Array.of(NaN) })).rejects.toThrow(
      /NaN is no epoch time/,
    )
    await expect(at('e.parquet', { ...prices, time: new Float64Array(0) })).rejects.toThrow()
    const files = join(root, 'torn.parquet')
    await writeFile(files, 'PAR1 no')
    await expect(
      ingest({ source: 'parquet', options: { files }, store: newStore(), log: silentLog, clock }),
    ).rejects.toMatchObject({ code: 'BAD_DATA' })
  })
})

describe('sources', () => {
  it('are found by name', () => {
    expect(sourceFor('simulate').doc).toMatch(/planted/)
    expect(() => sourceFor('simulat')).toThrow(/no source simulat. Known: simulate/)
  })
})
