/**
 * The two data sets that come with npm packages, so that everything runs without a download:
 * the S&P 500 index, daily, 2000 to 2020 (vega-datasets, BSD-3-Clause; before 2005 its open equals the previous close on most
 * days, which ingest reports) and Apple, daily, 2013 to 2018, split-adjusted (@observablehq/sample-datasets, ISC).
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readCsv } from '../csv/read-csv.ts'
import { createInstrument, type Instrument } from '../instrument.ts'
import { placeRows } from './place-rows.ts'
import { defineSource, type Source } from './source.ts'

const require = createRequire(import.meta.url)

export const sp500Source = sample({
  name: 'sp500',
  doc: 'the sample SPX: S&P 500 index, daily, 2000-01-03 to 2020-04-17',
  // The package exports only its entry, build/index.js; the data lie beside that folder.
  file: () => join(dirname(dirname(require.resolve('vega-datasets'))), 'data', 'sp500-2000.csv'),
  instrument: createInstrument({
    symbol: 'SPX',
    name: 'S&P 500',
    assetClass: 'index',
    group: 'Index',
  }),
})

export const aaplSource = sample({
  name: 'aapl',
  doc: 'the sample AAPL: Apple, daily, 2013-05-13 to 2018-05-11',
  file: () => require.resolve('@observablehq/sample-datasets/aapl.csv'),
  instrument: createInstrument({
    symbol: 'AAPL',
    name: 'Apple Inc.',
    group: 'Information Technology',
    priceTick: 0.01,
  }),
})

function sample(entry: {
  readonly name: string
  readonly doc: string
  readonly file: () => string
  readonly instrument: Instrument
}): Source {
  const { name, doc, instrument } = entry
  return defineSource({
    name,
    doc,
    options: z.strictObject({}),
    read: async function* () {
      const source = entry.file()
      const { symbol } = instrument
      const raw = (await readCsv(source, { symbol })).get(symbol)!
      yield { series: placeRows(raw, { source, instrument, timeframe: '1d', timeIs: 'open' }) }
    },
  })
}
