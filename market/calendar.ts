/**
 * Calendar: when a market is open. The table of calendars is the one list; an instrument names its calendar by key.
 *
 * Dates are 'YYYY-MM-DD' in the calendar's zone; instants are milliseconds since the epoch, UTC.
 */
import { unknownName } from '../core/checks.ts'
import { aroundTheClock } from './calendars/around-the-clock.ts'
import { newYork } from './calendars/new-york.ts'

export interface Session {
  readonly date: string
  readonly open: number
  /** Exclusive: the first instant after the session. */
  readonly close: number
}

export interface BarTimes {
  readonly openTime: Float64Array
  readonly closeTime: Float64Array
}

export interface Calendar {
  readonly name: string
  readonly timeZone: string
  isSession(date: string): boolean
  /** @throws INVALID_VALUE where the date is no session; ask `isSession` first. */
  session(date: string): Session
  /** The session on this date, or undefined. */
  findSession(date: string): Session | undefined
  /** First session strictly after the date. */
  nextSession(date: string): string
  /** Last session strictly before the date. */
  previousSession(date: string): string
  /** Sessions from `from` to `to`, both inclusive, ascending. */
  sessionsBetween(from: string, to: string): string[]
  /** Every bar a full tape would hold from `from` to `to`, both inclusive. A bar never crosses the end of its session. */
  barTimes(timeframe: string, from: string, to: string): BarTimes
  /** The date on this market's wall at an instant. */
  dateAt(at: number): string
}

export const calendarNames = ['XNYS', '24/7'] as const
export type CalendarName = (typeof calendarNames)[number]

const calendars: Readonly<Record<CalendarName, Calendar>> = {
  XNYS: newYork,
  '24/7': aroundTheClock,
}

/** @throws UNKNOWN_NAME */
export function calendarFor(name: string): Calendar {
  const calendar = (calendars as Readonly<Record<string, Calendar>>)[name]
  if (!calendar) throw unknownName('calendar', name, calendarNames)
  return calendar
}
