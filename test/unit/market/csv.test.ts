import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseNumber } from '../../../market/csv/numbers.ts'
import { readCsv, type CsvOptions } from '../../../market/csv/read-csv.ts'
import { fieldText, scanRecords } from '../../../market/csv/records.ts'
import {
  createTimeReader,
  dateForm,
  detectTimeFormat,
  instantForm,
  wallForm,
} from '../../../market/csv/times.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-csv-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(
  content: string | Uint8Array,
  options: Partial<CsvOptions> = {},
): ReturnType<typeof readCsv> {
  const path = join(folder, `${files++}.csv`)
  await writeFile(path, content)
  return readCsv(path, { symbol: 'X', ...options })
}

const rows = async (content: string | Uint8Array, options?: Partial<CsvOptions>) =>
  (await read(content, options)).get('X')!

const header = 'date,open,high,low,close,volume\n'
const day1 = Date.UTC(2020, 0, 2)

describe('numbers', () => {
  const parse = (text: string, decimal = '.'): number =>
    parseNumber(Buffer.from(text), 0, text.length, decimal.charCodeAt(0))

  it('rounds every decimal as the language does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // A negative zero is written as 0.
        expect(parse(String(value))).toBe(value + 0)
        expect(parse(value.toFixed(6))).toBe(Number(value.toFixed(6)))
      }),
      { numRuns: 2000 },
    )
    const written = fc.stringMatching(/^-?\d{0,20}\.\d{1,25}$/)
    fc.assert(
      fc.property(written, (text) => {
        expect(parse(text)).toBe(Number(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes signs, exponents, spaces and a decimal comma, and nothing else', () => {
    expect(['+1.5', ' 2 ', '1e3', '.5', '5.', '-0.25E-2'].map((text) => parse(text))).toEqual([
      1.5, 2, 1000, 0.5, 5, -0.0025,
    ])
    expect(parse('1234,5', ',')).toBe(1234.5)
    for (const bad of [
      '',
      'abc',
      '1,234',
      '1.2.3',
      '--1',
      '1e',
      '0x10',
      'Infinity',
      '1 2',
      '.',
      '-',
    ]) {
      expect(parse(bad)).toBeNaN()
    }
  })
})

describe('times', () => {
  const parse = (text: string): [number, number] => {
    const reader = createTimeReader(detectTimeFormat(text)!)
    const time = reader.parse(Buffer.from(text), 0, text.length)
    return [time, reader.form]
  }
  const noon = Date.UTC(2020, 1, 29, 12, 30)

  it.each([
    ['2020-02-29', Date.UTC(2020, 1, 29), dateForm],
    ['2020/2/29', Date.UTC(2020, 1, 29), dateForm],
    ['20200229', Date.UTC(2020, 1, 29), dateForm],
    ['2020-02-29 12:30', noon, wallForm],
    ['2020-02-29T12:30:00', noon, wallForm],
    ['2020-02-29 12:30:15.250', noon + 15_250, wallForm],
    ['2020-02-29T12:30:00Z', noon, instantForm],
    ['2020-02-29T12:30:00.999999Z', noon + 999, instantForm],
    ['2020-02-29T07:30:00-05:00', noon, instantForm],
    ['2020-02-29 18:00:00+0530', noon, instantForm],
    ['2020-02-29 12:30:00 UTC', noon, instantForm],
    [String(noon / 1000), noon, instantForm],
    [`${noon / 1000}.5`, noon + 500, instantForm],
    [String(noon), noon, instantForm],
    [`${noon}123`, noon, instantForm],
    [`${noon}123456`, noon, instantForm],
  ])('reads %s', (text, time, form) => {
    expect(parse(text)).toEqual([time, form])
  })

  it('reads every instant JavaScript writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (date) => {
          expect(parse(date.toISOString())).toEqual([date.getTime(), instantForm])
        },
      ),
    )
  })

  it('reads days before months only when told', () => {
    const parseAs = (format: 'mdy' | 'dmy', text: string): number =>
      createTimeReader(format).parse(Buffer.from(text), 0, text.length)
    expect(detectTimeFormat('03/04/2020')).toBeUndefined()
    expect(parseAs('mdy', '03/04/2020')).toBe(Date.UTC(2020, 2, 4))
    expect(parseAs('dmy', '3.4.2020')).toBe(Date.UTC(2020, 3, 3))
  })

  it.each([
    '2020-02-30',
    '2020-13-01',
    '2020-02-29T24:30Z',
    '2020-02-29T12:3',
    '2020-02-29X12:30',
    '2020-02-29T12:30+5',
  ])('refuses %s', (text) => {
    const reader = createTimeReader('iso')
    expect(reader.parse(Buffer.from(text), 0, text.length)).toBeNaN()
  })
})

describe('records', () => {
  const scan = async (chunks: Buffer[]): Promise<string[][]> => {
    const found: string[][] = []
    await scanRecords(
      // eslint-disable-next-line @typescript-eslint/require-await
      (async function* () {
        yield* chunks
      })(),
      {
        source: 'test',
        separator: 44,
        onRecord: (bytes, fields) =>
          found.push(Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i))),
      },
    )
    return found
  }

  it('gives back what was written, wherever the chunks are cut and however lines end', async () => {
    const field = fc.stringMatching(/^[ab",\n é]{0,6}$/)
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    })
    const quote = (text: string): string =>
      /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        async (records, crlf, closed, sizes) => {
          const end = crlf ? '\r\n' : '\n'
          const text =
            records.map((record) => record.map(quote).join(',')).join(end) + (closed ? end : '')
          const bytes = Buffer.from(text)
          const chunks: Buffer[] = []
          for (let at = 0; at < bytes.length;) {
            const size = sizes.next().value as number
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(await scan(chunks)).toEqual(records)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('grows with wide records and passes over blank lines', async () => {
    const wide = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? `"${i}"` : String(i))).join(
      ',',
    )
    const found = await scan([Buffer.from(`\n${wide}\r\n\r\n${wide}`)])
    expect(found).toHaveLength(2)
    expect(found[1]).toEqual(Array.from({ length: 300 }, (_, i) => String(i)))
  })

  it('counts the lines inside quotes', async () => {
    await expect(scan([Buffer.from('"a\n\nb",c\nd,"e"f\n')])).rejects.toThrow(/line 4: column 2/)
    await expect(scan([Buffer.from('a,"b\n'), Buffer.from('c"d\n')])).rejects.toThrow(
      /line 2: column 2/,
    )
  })

  it('names the line of a quote that is not closed, or that text follows', async () => {
    await expect(scan([Buffer.from('a,b\nc,"d\n')])).rejects.toThrow(
      /line 2: the record has no end/,
    )
    await expect(scan([Buffer.from('a,"b"c\n')])).rejects.toThrow(/line 1: column 2 has text after/)
  })
})

describe('readCsv', () => {
  it('finds columns by their usual names and keeps lines', async () => {
    const found = await rows(
      'Date,Open,High,Low,Close,Adj Close,Volume\n\n2020-01-02,1,3,0.5,2,1.9,100\n2020-01-03,2,3,1,2.5,2.4,\n',
    )
    expect([...found.line]).toEqual([3, 4])
    expect([...found.time]).toEqual([day1, day1 + 86_400_000])
    expect(found.numbers).toMatchObject({
      ...{ open: Float64Array.of(1, 2), high: Float64Array.of(3, 3), low: Float64Array.of(0.5, 1) },
      ...{ close: Float64Array.of(2, 2.5), volume: Float64Array.of(100, NaN) },
    })
  })

  it.each([
    ['a byte order mark', `\uFEFF${header}2020-01-02,1,3,0.5,2,100\n`, {}],
    ['CRLF and no last line end', `${header}2020-01-02,1,3,0.5,2,100`.replaceAll('\n', '\r\n'), {}],
    ['gzip', gzipSync(`${header}2020-01-02,1,3,0.5,2,100\n`), {}],
    [
      'quoted fields',
      '"date","open","high","low","close","volume"\n"2020-01-02","1","3","0.5","2","100"\n',
      {},
    ],
    [
      'semicolons and decimal commas',
      'date;open;high;low;close;volume\n2020-01-02;1,0;3;0,5;2;100\n',
      { decimal: ',' },
    ],
    ['tabs', `${header}2020-01-02,1,3,0.5,2,100\n`.replaceAll(',', '\t'), {}],
    [
      'own names',
      'Tag,A,H,T,S,V\n2020-01-02,1,3,0.5,2,100\n',
      { columns: { time: 'Tag', open: 'A', high: 'H', low: 'T', close: 'S', volume: 'V' } },
    ],
    ['spaces', 'date , open, high, low, close, volume\n 2020-01-02 , 1, 3, 0.5, 2, 100\n', {}],
    ['dates as numbers', `${header}20200102,1,3,0.5,2,100\n`, {}],
    ['months first', `${header}1/2/2020,1,3,0.5,2,100\n`, { time: 'mdy' }],
  ] satisfies [string, string | Uint8Array, Partial<CsvOptions>][])(
    'reads %s',
    async (_, content, options) => {
      const found = await rows(content, options)
      const { open, high, low, close, volume } = found.numbers
      expect([found.time[0], open[0], high[0], low[0], close[0], volume[0]]).toEqual([
        day1,
        1,
        3,
        0.5,
        2,
        100,
      ])
    },
  )

  it('joins a date column and a time column', async () => {
    const found = await rows('date,time,open,high,low,close\n2020-01-02,09:30,1,1,1,1\n')
    expect([found.time[0], found.form[0]]).toEqual([day1 + 9.5 * 3_600_000, wallForm])
  })

  it('splits a long file by its symbol column', async () => {
    const found = await read(
      'symbol,date,o,h,l,c\nA,2020-01-02,1,1,1,1\nB,2020-01-02,2,2,2,2\nA,2020-01-03,3,3,3,3\n',
    )
    expect(
      [...found].map(([symbol, one]) => [symbol, [...one.numbers.open], [...one.line]]),
    ).toEqual([
      ['A', [1, 3], [2, 4]],
      ['B', [2], [3]],
    ])
  })

  it('reads more rows than a block holds', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `${1_577_836_800 + i * 60},${i},${i},${i},${i},${i}`,
    )
    const found = await rows(`time,open,high,low,close,volume\n${lines.join('\n')}`)
    expect(found.length).toBe(20_000)
    expect([found.line[19_999], found.numbers.close[19_999], found.time[19_999]]).toEqual([
      20_001,
      19_999,
      (1_577_836_800 + 19_999 * 60) * 1000,
    ])
  })

  it.each([
    ['an empty file', '', /line 1: the file is empty/],
    ['a header alone', header, /has a header and no rows/],
    [
      'missing columns',
      'date,price\n2020-01-02,1\n',
      /lacks open, high, low, close; it has "date", "price"/,
    ],
    [
      'text in a number',
      `${header}2020-01-02,1,3,0.5,n.a.,100\n`,
      /line 2: column 5 "close": "n.a." is no number/,
    ],
    [
      'a thousands separator',
      `${header}2020-01-02,1,3,0.5,2,"1,000"\n`,
      /column 6 "volume": "1,000" is no number/,
    ],
    [
      'a date that does not exist',
      `${header}2020-02-30,1,3,0.5,2,100\n`,
      /column 1 "date": "2020-02-30" is no time/,
    ],
    [
      'a date that could be two',
      `${header}01/02/2020,1,3,0.5,2,100\n`,
      /the format of "01\/02\/2020" is not clear/,
    ],
    [
      'a short row',
      `${header}2020-01-02,1,3,0.5,2,100\n2020-01-03,1,3\n`,
      /line 3: has 3 fields, the header has 6/,
    ],
    [
      'a long row',
      `${header}2020-01-02,1,3,0.5,2,100,7\n`,
      /line 2: has 7 fields, the header has 6/,
    ],
    ['UTF-16', Buffer.from(`\uFEFF${header}`, 'utf16le'), /UTF-16/],
    [
      'a cut gzip',
      gzipSync(header + '2020-01-02,1,3,0.5,2,100\n'.repeat(1000)).subarray(0, 90),
      /gzip data is damaged or cut off/,
    ],
    [
      'a symbol left out',
      'symbol,date,o,h,l,c\n,2020-01-02,1,1,1,1\n',
      /column 1 "symbol" is empty/,
    ],
    [
      'knowledge at a mere date',
      'date,o,h,l,c,knownAt\n2020-01-02,1,1,1,1,2020-01-03\n',
      /is no instant/,
    ],
  ])('refuses %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
    await expect(read(content)).rejects.toMatchObject({ code: 'BAD_DATA' })
  })

  it('names a mapped column and a file that are not there', async () => {
    await expect(read(header, { columns: { close: 'Last' } })).rejects.toThrow(
      /close \(mapped to "Last"\)/,
    )
    await expect(readCsv(join(folder, 'none.csv'), { symbol: 'X' })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })
})
