/** Options that every source of files takes: which files, whose bars, and how their times are meant. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { QuorumError } from '../../core/errors.ts'
import { calendarNames } from '../calendar.ts'
import { barFields } from '../csv/header.ts'
import { assetClasses, createInstrument, type Instrument } from '../instrument.ts'
import { timeZone } from '../time-zone.ts'
import { isTimeframe } from '../timeframe.ts'
import type { SourceContext } from './source.ts'

const path = z.string().min(1)

export const fileOptions = {
  /** A file, a folder (its files with the source's endings) or a list of either. */
  files: z.union([path, z.array(path).min(1)]),
  /** For files without a symbol column; by default the file's name without its endings. */
  symbol: z.string().min(1).optional(),
  /** By default found from the distance between rows. */
  timeframe: z.string().refine(isTimeframe, 'use 1s … 12h or 1d').optional(),
  /** Field → column of the file, where the names are unusual: { time: 'Datum', close: 'Last' }. */
  columns: z.partialRecord(z.enum(barFields), z.string()).optional(),
  /** Zone of times without an offset; by default the instrument's. */
  timeZone: z.string().refine(isZone, 'use an IANA zone such as Europe/London').optional(),
  /** Whether a row's time is its bar's opening or its close. */
  timeIs: z.enum(['open', 'close']).default('open'),
  name: z.string().optional(),
  assetClass: z.enum(assetClasses).optional(),
  currency: z.string().optional(),
  calendar: z.enum(calendarNames).optional(),
  group: z.string().optional(),
  fractional: z.boolean().optional(),
  priceTick: z.number().positive().optional(),
  publicationLagMs: z.number().int().min(0).optional(),
  nonPositivePrices: z.boolean().optional(),
} as const

export type FileOptions = z.output<z.ZodObject<typeof fileOptions>>

/** The instrument by what the store knows, overridden by the options; by the calendar's defaults where neither says. */
export async function resolveInstrument(
  symbol: string,
  options: FileOptions,
  context: SourceContext,
): Promise<Instrument> {
  const known = await context.knownInstrument(symbol)
  const { name, assetClass, currency, calendar, group, fractional, priceTick } = options
  const { publicationLagMs, nonPositivePrices } = options
  const given = {
    ...{ name, assetClass, currency, calendar, group, fractional, priceTick },
    ...{ publicationLagMs, nonPositivePrices },
  }
  const stated = Object.entries(given).filter(([, value]) => value !== undefined)
  if (known && stated.length === 0) return known
  // Another calendar brings its own zone and defaults; nothing of the old ones may stay.
  const base = known && (calendar === undefined || calendar === known.calendar) ? known : {}
  return createInstrument({ ...base, ...Object.fromEntries(stated), symbol })
}

/** Files in the order given, those of a folder by name. @throws FILE_NOT_FOUND, BAD_DATA for a folder without any. */
export async function expandPaths(
  given: string | readonly string[],
  endings: readonly string[],
): Promise<string[]> {
  const files: string[] = []
  for (const one of typeof given === 'string' ? [given] : given) {
    const info = await stat(one).catch((cause: unknown) => {
      throw new QuorumError('FILE_NOT_FOUND', { path: one }, { cause })
    })
    if (!info.isDirectory()) {
      files.push(one)
      continue
    }
    const inside = (await readdir(one)).filter((name) => endings.some((end) => name.endsWith(end)))
    if (inside.length === 0) {
      const reason = `the folder holds no file ending in ${endings.join(', ')}`
      throw new QuorumError('BAD_DATA', { source: one, reason })
    }
    files.push(...inside.sort().map((name) => join(one, name)))
  }
  return files
}

/** AAPL for folder/AAPL.csv.gz; BRK.B for BRK.B.csv. */
export function symbolOfFile(file: string, endings: readonly string[]): string {
  const name = basename(file)
  const ending = endings.find((end) => name.endsWith(end) && name.length > end.length)
  return ending ? name.slice(0, -ending.length) : name
}

function isZone(name: string): boolean {
  try {
    return timeZone(name).name === name
  } catch {
    return false
  }
}
