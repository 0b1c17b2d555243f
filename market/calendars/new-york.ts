/**
 * The New York Stock Exchange (MIC XNYS): Monday to Friday, 09:30 to 16:00 New York time, with the holidays of Rule 7.2, the
 * 13:00 early closes and the unscheduled closures. Held day by day against the published calendar for 2000 to 2030 in
 * test/unit/market/new-york.test.ts. Outside those years the same rules are applied, without unscheduled closures.
 *
 * Not modelled: delayed openings (noon on 2002-09-11, minutes of silence) and the technical stop at 15:56 on 2005-06-01.
 */
import { civilDate, dayNumber, dayMs, parseDate, weekday } from '../dates.ts'
import { timeZone } from '../time-zone.ts'
import { createSessionCalendar } from './session-calendar.ts'

const minuteMs = 60_000
const openMs = (9 * 60 + 30) * minuteMs
const closeMs = 16 * 60 * minuteMs
const earlyCloseMs = 13 * 60 * minuteMs

const monday = 1
const wednesday = 3
const thursday = 4
const saturday = 6
const sunday = 0

const unscheduledClosures = new Set(
  [
    ...['2001-09-11', '2001-09-12', '2001-09-13', '2001-09-14'], // attacks of September 11
    '2004-06-11', // mourning, President Reagan
    '2007-01-02', // mourning, President Ford
    ...['2012-10-29', '2012-10-30'], // Hurricane Sandy
    '2018-12-05', // mourning, President G. H. W. Bush
    '2025-01-09', // mourning, President Carter
  ].map((date) => parseDate(date)),
)

/** The one early close since 2000 that follows no rule: the Friday after Christmas 2003. */
const extraEarlyCloses = new Set([parseDate('2003-12-26')])

interface YearRules {
  readonly closed: ReadonlySet<number>
  readonly early: ReadonlySet<number>
}

const years = new Map<number, YearRules>()
const zone = timeZone('America/New_York')

export const newYork = createSessionCalendar({
  name: 'XNYS',
  timeZone: 'America/New_York',
  sessionOn: (days) => {
    const day = weekday(days)
    if (day === saturday || day === sunday) return undefined
    const { closed, early } = rulesOf(civilDate(days).year)
    if (closed.has(days)) return undefined
    const midnight = days * dayMs
    return {
      open: zone.toUtc(midnight + openMs),
      close: zone.toUtc(midnight + (early.has(days) ? earlyCloseMs : closeMs)),
    }
  },
})

function rulesOf(year: number): YearRules {
  let rules = years.get(year)
  if (!rules) {
    rules = { closed: holidays(year), early: earlyCloses(year) }
    years.set(year, rules)
  }
  return rules
}

function holidays(year: number): Set<number> {
  const closed = new Set([
    nthWeekday(year, 2, monday, 3), // Washington's Birthday
    easterSunday(year) - 2, // Good Friday
    lastMonday(year, 5), // Memorial Day
    observed(dayNumber(year, 7, 4)), // Independence Day
    nthWeekday(year, 9, monday, 1), // Labor Day
    thanksgiving(year),
    observed(dayNumber(year, 12, 25)), // Christmas
  ])
  // A New Year's Day on a Saturday is not made up for on Friday: that is the last day of the accounting year.
  const newYear = dayNumber(year, 1, 1)
  closed.add(weekday(newYear) === sunday ? newYear + 1 : newYear)
  if (year >= 1998) closed.add(nthWeekday(year, 1, monday, 3)) // Martin Luther King, Jr. Day
  if (year >= 2022) closed.add(observed(dayNumber(year, 6, 19))) // Juneteenth
  for (const days of unscheduledClosures) if (civilDate(days).year === year) closed.add(days)
  return closed
}

/** 13:00: the eve of Independence Day, the day after Thanksgiving, Christmas Eve. A closed day stays closed. */
function earlyCloses(year: number): Set<number> {
  const july3 = dayNumber(year, 7, 3)
  // Until 2012 a Wednesday eve was a full day and the Friday after the holiday a short one.
  const independence = weekday(july3) === wednesday && year < 2013 ? july3 + 2 : july3
  const early = new Set([independence, thanksgiving(year) + 1, dayNumber(year, 12, 24)])
  for (const days of extraEarlyCloses) if (civilDate(days).year === year) early.add(days)
  return early
}

/** Saturday holidays are kept on Friday, Sunday holidays on Monday. */
function observed(days: number): number {
  const day = weekday(days)
  return day === saturday ? days - 1 : day === sunday ? days + 1 : days
}

function nthWeekday(year: number, month: number, day: number, n: number): number {
  const first = dayNumber(year, month, 1)
  return first + ((day - weekday(first) + 7) % 7) + 7 * (n - 1)
}

function lastMonday(year: number, month: number): number {
  const last = dayNumber(year, month + 1, 1) - 1
  return last - ((weekday(last) - monday + 7) % 7)
}

function thanksgiving(year: number): number {
  return nthWeekday(year, 11, thursday, 4)
}

/** Gregorian Easter by the anonymous algorithm (Meeus, "Astronomical Algorithms", chapter 8). */
function easterSunday(year: number): number {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const e = b % 4
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30
  const l = (32 + 2 * e + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const n = h + l - 7 * m + 114
  return dayNumber(year, Math.floor(n / 31), (n % 31) + 1)
}
