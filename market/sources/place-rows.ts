/**
 * Raw rows placed in time: a file's times become each bar's `openTime` and `closeTime` by the instrument's calendar.
 *
 * A daily bar is named by its date, however the file writes it: as a date, as a wall time on that date, as the instant of that
 * midnight in the instrument's zone, or as midnight UTC of it (what most exports do). An intraday row's time is its opening
 * (or its close with `timeIs: 'close'`), and its bar ends at the latest with its session.
 */
import { QuorumError } from '../../core/errors.ts'
import type { Calendar, Session } from '../calendar.ts'
import type { RawRows } from '../csv/raw-rows.ts'
import { dateForm, instantForm, wallForm } from '../csv/times.ts'
import { dayMs, formatDate } from '../dates.ts'
import { calendarOf, type Instrument } from '../instrument.ts'
import { timeZone } from '../time-zone.ts'
import { isDaily, isTimeframe, timeframeMs } from '../timeframe.ts'
import type { SourceSeries } from './source.ts'

export interface Placement {
  readonly source: string
  readonly instrument: Instrument
  /** By default found from the rows. */
  readonly timeframe?: string | undefined
  /** Zone of wall times and of daily instants; by default the instrument's. */
  readonly timeZone?: string | undefined
  readonly timeIs: 'open' | 'close'
}

/** @throws BAD_DATA where the timeframe cannot be found, or rows carry only dates but the timeframe is below a day. */
export function placeRows(raw: RawRows, placement: Placement): SourceSeries {
  const { source, instrument } = placement
  const timeframe = placement.timeframe ?? findTimeframe(raw, placement)
  const { openTime, closeTime } = isDaily(timeframe)
    ? placeDaily(raw, placement)
    : placeIntraday(raw, placement, timeframe)
  const { open, high, low, close, volume, vwap, trades } = raw.numbers
  const knownAt = Float64Array.from(closeTime, (end, row) => {
    const stated = raw.numbers.knownAt[row]!
    return Number.isNaN(stated) ? end + instrument.publicationLagMs : stated
  })
  const rows = {
    ...{ length: raw.length, line: raw.line, openTime, closeTime, knownAt },
    ...{ open, high, low, close, volume, vwap, trades },
  }
  return { source, instrument, timeframe, rows }
}

interface Times {
  readonly openTime: Float64Array
  readonly closeTime: Float64Array
}

function placeDaily(raw: RawRows, placement: Placement): Times {
  const calendar = calendarOf(placement.instrument)
  const zone = timeZone(placement.timeZone ?? placement.instrument.timeZone)
  const hours = new Map<number, { open: number; close: number }>()
  const openTime = new Float64Array(raw.length)
  const closeTime = new Float64Array(raw.length)
  for (let row = 0; row < raw.length; row++) {
    const time = raw.time[row]!
    const named = raw.form[row] !== instantForm
    const utcMidnight = placement.timeZone === undefined && time % dayMs === 0
    const wall = named || utcMidnight ? time : time + zone.offsetAt(time)
    const day = Math.floor(wall / dayMs)
    let session = hours.get(day)
    if (!session) {
      session = calendar.findSession(formatDate(day)) ?? usualHours(calendar, day)
      hours.set(day, session)
    }
    openTime[row] = session.open
    closeTime[row] = session.close
  }
  return { openTime, closeTime }
}

/** Hours for a row on a day without session: those of the session before, on that day's wall clock. Ingest reports the row. */
function usualHours(calendar: Calendar, day: number): Session {
  const date = formatDate(day)
  const zone = timeZone(calendar.timeZone)
  const previous = calendar.session(calendar.previousSession(date))
  const onDay = (at: number): number => {
    const wall = at + zone.offsetAt(at)
    return zone.toUtc(day * dayMs + (wall - Math.floor(wall / dayMs) * dayMs))
  }
  return { date, open: onDay(previous.open), close: onDay(previous.close) }
}

function placeIntraday(raw: RawRows, placement: Placement, timeframe: string): Times {
  const calendar = calendarOf(placement.instrument)
  const zone = timeZone(placement.timeZone ?? placement.instrument.timeZone)
  const length = timeframeMs(timeframe)
  const openTime = new Float64Array(raw.length)
  const closeTime = new Float64Array(raw.length)
  let session: Session | undefined
  for (let row = 0; row < raw.length; row++) {
    const form = raw.form[row]
    if (form === dateForm) {
      const reason = `line ${raw.line[row]!}: ${formatDate(raw.time[row]! / dayMs)} has no time of day, but the timeframe is ${timeframe}`
      throw new QuorumError('BAD_DATA', { source: placement.source, reason })
    }
    const time = form === wallForm ? zone.toUtc(raw.time[row]!) : raw.time[row]!
    const inside = placement.timeIs === 'open' ? time : time - 1
    if (!session || inside < session.open || inside >= session.close) {
      const found = calendar.findSession(calendar.dateAt(inside))
      session = found && inside >= found.open && inside < found.close ? found : undefined
    }
    if (placement.timeIs === 'open') {
      openTime[row] = time
      closeTime[row] = session ? Math.min(time + length, session.close) : time + length
    } else {
      // The last bar of a session may be short: it opens on the grid that starts with the session.
      const short = session?.close === time ? (time - session.open) % length : 0
      openTime[row] = time - (short || length)
      closeTime[row] = time
    }
  }
  return { openTime, closeTime }
}

/** The most frequent distance between neighbours, as a timeframe; a day or nearly one is '1d'. */
function findTimeframe(raw: RawRows, { source }: Placement): string {
  if (raw.form.every((form) => form === dateForm)) return '1d'
  const counts = new Map<number, number>()
  for (let row = 1; row < raw.length; row++) {
    const distance = Math.abs(raw.time[row]! - raw.time[row - 1]!)
    if (distance > 0) counts.set(distance, (counts.get(distance) ?? 0) + 1)
  }
  const [usual] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [NaN]
  // A day with a clock change has 23 hours.
  if (usual >= 23 * 3_600_000 && usual <= 25 * 3_600_000) return '1d'
  const [unit, name] =
    usual % 3_600_000 === 0 ? [3_600_000, 'h'] : usual % 60_000 === 0 ? [60_000, 'm'] : [1000, 's']
  const timeframe = `${usual / unit}${name}`
  if (isTimeframe(timeframe)) return timeframe
  const reason = 'the timeframe does not show in its rows; name it with the option timeframe'
  throw new QuorumError('BAD_DATA', { source, reason })
}
