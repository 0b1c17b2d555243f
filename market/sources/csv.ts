/** Bars from CSV files, plain or gzip. */
import { z } from 'zod'
import { asQuorumError } from '../../core/errors.ts'
import { readCsv, separators, type Separator } from '../csv/read-csv.ts'
import { timeFormats } from '../csv/times.ts'
import { expandPaths, fileOptions, resolveInstrument, symbolOfFile } from './file-options.ts'
import { placeRows } from './place-rows.ts'
import { defineSource } from './source.ts'

const endings = ['.csv.gz', '.csv', '.tsv.gz', '.tsv', '.txt.gz', '.txt']

const options = z.strictObject({
  ...fileOptions,
  /** By default the one that occurs most in the header. */
  separator: z.enum(Object.keys(separators) as [Separator, ...Separator[]]).optional(),
  decimal: z.enum(['.', ',']).default('.'),
  /** By default found from the first row. */
  time: z.enum(timeFormats).default('auto'),
})

export const csvSource = defineSource({
  name: 'csv',
  doc: 'CSV files (or folders of them), plain or gzip: a header, a time, open, high, low, close, optionally volume, vwap, trades, symbol, knownAt',
  options,
  read: async function* (given, context) {
    for (const file of await expandPaths(given.files, endings)) {
      context.signal?.throwIfAborted()
      try {
        const bySymbol = await readCsv(file, {
          ...given,
          symbol: given.symbol ?? symbolOfFile(file, endings),
          onProgress: (rows) => context.onProgress?.({ source: file, rows }),
        })
        for (const [symbol, raw] of bySymbol) {
          const instrument = await resolveInstrument(symbol, given, context)
          yield { series: placeRows(raw, { ...given, source: file, instrument }) }
        }
      } catch (error) {
        yield { failed: { source: file, error: asQuorumError(error) } }
      }
    }
  },
})
