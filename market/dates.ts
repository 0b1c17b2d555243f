/**
 * Civil dates as 'YYYY-MM-DD' strings and as day numbers since 1970-01-01, in the proleptic Gregorian calendar. The
 * conversions are Howard Hinnant's `days_from_civil` and `civil_from_days` ("chrono-compatible low-level date algorithms"):
 * integer arithmetic, no Date object, no zone.
 */
import { check } from '../core/checks.ts'

export const dayMs = 86_400_000

/** Day number of a civil date; months from 1. The day may lie outside its month and then counts on. */
export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

export function civilDate(days: number): CivilDate {
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** 0 = Sunday … 6 = Saturday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/** Day number of 'YYYY-MM-DD'. @throws INVALID_VALUE for another form or a day the month does not have. */
export function parseDate(date: string, name = 'date'): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  check(match !== null, name, 'a date like 2020-01-31', date)
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const days = dayNumber(year, month, day)
  check(isCivil(year, month, day), name, 'a day of the calendar', date)
  return days
}

export function isCivil(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

export function formatDate(days: number): string {
  const { year, month, day } = civilDate(days)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** 'YYYY-MM-DD' of an instant, in UTC. */
export function utcDate(at: number): string {
  return formatDate(Math.floor(at / dayMs))
}

/** An instant for people: '2020-01-02T14:30Z', seconds only where there are any. */
export function formatInstant(at: number): string {
  if (!Number.isFinite(at)) return 'no time'
  const iso = new Date(at).toISOString()
  if (at % 60_000 === 0) return `${iso.slice(0, 16)}Z`
  return at % 1000 === 0 ? `${iso.slice(0, 19)}Z` : iso
}
