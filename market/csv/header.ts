/** Which column of a file is what: by the caller's mapping first, then by the usual names, whatever their case and spacing. */
import { QuorumError } from '../../core/errors.ts'

export const barFields = [
  'time',
  'clock',
  'symbol',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trades',
  'knownAt',
] as const
export type BarField = (typeof barFields)[number]

/** File column of each field. */
export type ColumnMapping = Readonly<Partial<Record<BarField, string>>>

const usualNames: Readonly<Record<BarField, readonly string[]>> = {
  time: ['time', 'timestamp', 'datetime', 'date', 'opentime', 'ts', 'tsms', 'unix'],
  clock: [],
  symbol: ['symbol', 'ticker'],
  open: ['open', 'o'],
  high: ['high', 'h'],
  low: ['low', 'l'],
  close: ['close', 'c'],
  volume: ['volume', 'vol', 'v'],
  vwap: ['vwap'],
  trades: ['trades', 'tradecount', 'numberoftrades'],
  knownAt: ['knownat'],
}
const required: readonly BarField[] = ['time', 'open', 'high', 'low', 'close']

/**
 * Index of each field's column, −1 where it has none.
 *
 * @throws BAD_DATA naming the missing columns and the ones found, also for a mapped column that is not there.
 */
export function mapHeader(
  source: string,
  header: readonly string[],
  mapping: ColumnMapping = {},
): Readonly<Record<BarField, number>> {
  const names = header.map(normalise)
  const result = Object.fromEntries(barFields.map((field) => [field, -1])) as Record<
    BarField,
    number
  >
  const missing: string[] = []
  for (const field of barFields) {
    const wanted = mapping[field]
    if (wanted !== undefined) {
      result[field] = header.findIndex((name) => name.trim() === wanted)
      if (result[field] < 0) missing.push(`${field} (mapped to ${JSON.stringify(wanted)})`)
    } else {
      result[field] = firstOf(names, usualNames[field])
      if (result[field] < 0 && required.includes(field)) missing.push(field)
    }
  }
  if (missing.length > 0) {
    const found = header.map((name) => JSON.stringify(name.trim())).join(', ')
    throw new QuorumError('BAD_DATA', {
      source,
      reason: `the header lacks ${missing.join(', ')}; it has ${found}. Name them with the option columns`,
    })
  }
  // A date column with a time column beside it: the date is the day, the time its clock.
  const date = names.indexOf('date')
  const clock = names.indexOf('time')
  if (mapping.time === undefined && mapping.clock === undefined && date >= 0 && clock >= 0) {
    result.time = date
    result.clock = clock
  }
  return result
}

function firstOf(names: readonly string[], wanted: readonly string[]): number {
  for (const name of wanted) {
    const index = names.indexOf(name)
    if (index >= 0) return index
  }
  return -1
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
