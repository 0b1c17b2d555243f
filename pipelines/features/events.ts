/**
 * Event series from files: CSV or Parquet with `time`, `knownAt`, `value` (left out where there are dates alone) and `symbol`
 * (left out where the events are the whole market's). Times are milliseconds, timestamps or dates, which are midnight UTC.
 */
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { createFrame, type Frame } from '../../core/frame.ts'
import {
  checkEventName,
  eventColumnNames,
  joinEvents,
  type EventSeries,
} from '../../features/index.ts'
import { barColumns, optionalBarColumns } from '../../market/index.ts'
import { readTableFile } from '../data/dataset-file.ts'

export interface EventFile {
  readonly name: string
  readonly file: string
}

/** Adds the columns of every series to one symbol's bars. */
export type EventJoin = (symbol: string, bars: Frame) => Frame

/** @throws INVALID_VALUE for something else than NAME=FILE. */
export function parseEventFile(text: string): EventFile {
  const at = text.indexOf('=')
  check(at > 0 && at < text.length - 1, '--events', 'NAME=FILE', text, 'Example: news=news.csv.')
  return { name: text.slice(0, at), file: text.slice(at + 1) }
}

/**
 * Reads the files once; a symbol without events has columns of NaN.
 * @throws FILE_NOT_FOUND, BAD_DATA naming the missing column and what to write, INVALID_VALUE for a name that is taken.
 */
export async function openEvents(files: readonly EventFile[]): Promise<EventJoin> {
  const taken = new Set<string>([...barColumns, ...optionalBarColumns, 'time', 'symbol'])
  for (const { name } of files) {
    checkEventName(name)
    for (const column of eventColumnNames(name)) {
      check(!taken.has(column), 'name of an event series', 'one whose columns are free', name)
      taken.add(column)
    }
  }
  const read = await Promise.all(files.map(async (one) => ({ ...one, of: await readEvents(one) })))
  return (symbol, bars) => {
    const joined = read.map(({ name, of }) => joinEvents(bars, of(symbol), { name }))
    return createFrame(bars.time, Object.assign({}, bars.columns, ...joined) as Frame['columns'])
  }
}

async function readEvents({ name, file }: EventFile): Promise<(symbol: string) => EventSeries> {
  const { rows, numbers, symbols, symbol, hasSymbols, ignored } = await readTableFile(file)
  const source = `${file} (event series ${name})`
  const column = (wanted: 'time' | 'knownAt' | 'value'): Float64Array => {
    const values = numbers.get(wanted)
    if (values !== undefined) return values
    if (wanted === 'value' && !ignored.includes(wanted)) return new Float64Array(rows).fill(NaN)
    const reason =
      wanted === 'knownAt'
        ? 'there is no column knownAt; add the moment from which each event was known (its publication), or bars would see it too early'
        : `there is no column ${wanted} of ${wanted === 'time' ? 'moments' : 'numbers'}; an event series has time, knownAt, value and symbol (no column value for dates alone)`
    throw new QuorumError('BAD_DATA', { source, reason })
  }
  const [time, knownAt, value] = [column('time'), column('knownAt'), column('value')]
  const rowsOf = new Map<string, number[]>()
  for (let row = 0; row < rows; row++) {
    const owner = symbols[symbol[row]!]
    if (owner === undefined) {
      const reason = `event ${row + 1} has no symbol; name it, or leave the column out for events of the whole market`
      throw new QuorumError('BAD_DATA', { source, reason })
    }
    const own = rowsOf.get(owner)
    if (own === undefined) rowsOf.set(owner, [row])
    else own.push(row)
  }
  const all = { time, knownAt, value }
  return (wanted) => {
    if (!hasSymbols) return all
    const own = rowsOf.get(wanted) ?? []
    const take = (values: Float64Array): Float64Array =>
      Float64Array.from(own, (row) => values[row]!)
    return { time: take(time), knownAt: take(knownAt), value: take(value) }
  }
}
