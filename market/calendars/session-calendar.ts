/**
 * What every calendar shares: walking sessions and cutting them into bars. A market supplies only the hours of one day.
 */
import { check, invalid } from '../../core/checks.ts'
import type { BarTimes, Calendar, Session } from '../calendar.ts'
import { formatDate, parseDate } from '../dates.ts'
import { timeZone } from '../time-zone.ts'
import { isDaily, timeframeMs } from '../timeframe.ts'

/** A market closed for longer than this is taken for an error in its rules. */
const longestClosureDays = 30

export function createSessionCalendar({
  name,
  timeZone: zoneName,
  sessionOn,
}: {
  readonly name: string
  readonly timeZone: string
  /** Open and close of the day with this number, or undefined when the market is closed. */
  readonly sessionOn: (
    days: number,
  ) => { readonly open: number; readonly close: number } | undefined
}): Calendar {
  const zone = timeZone(zoneName)
  const known = new Map<string, Session | undefined>()
  const next = new Map<string, string>()

  const findSession = (date: string): Session | undefined => {
    if (known.has(date)) return known.get(date)
    const hours = sessionOn(parseDate(date))
    const session = hours && Object.freeze({ date, ...hours })
    remember(known, date, session)
    return session
  }

  const step = (date: string, direction: 1 | -1): string => {
    const start = parseDate(date)
    for (let distance = 1; distance <= longestClosureDays; distance++) {
      const candidate = formatDate(start + direction * distance)
      if (findSession(candidate)) return candidate
    }
    throw invalid('date', `near a session of ${name}`, date)
  }

  const sessionsBetween = (from: string, to: string): string[] => {
    const [first, last] = [parseDate(from, 'from'), parseDate(to, 'to')]
    check(first <= last, 'from', `not after ${to}`, from)
    const dates: string[] = []
    for (let days = first; days <= last; days++) {
      const date = formatDate(days)
      if (findSession(date)) dates.push(date)
    }
    return dates
  }

  return Object.freeze({
    name,
    timeZone: zoneName,
    findSession,
    isSession: (date: string) => findSession(date) !== undefined,
    session: (date: string) => {
      const session = findSession(date)
      if (!session)
        throw invalid('date', `a session of ${name}`, date, `The next is ${step(date, 1)}.`)
      return session
    },
    nextSession: (date: string) => {
      const found = next.get(date) ?? step(date, 1)
      remember(next, date, found)
      return found
    },
    previousSession: (date: string) => step(date, -1),
    sessionsBetween,
    barTimes: (timeframe: string, from: string, to: string): BarTimes => {
      const openTime: number[] = []
      const closeTime: number[] = []
      for (const date of sessionsBetween(from, to)) {
        for (const [open, close] of sessionBars(findSession(date)!, timeframe)) {
          openTime.push(open)
          closeTime.push(close)
        }
      }
      return { openTime: Float64Array.from(openTime), closeTime: Float64Array.from(closeTime) }
    },
    dateAt: (at: number) => zone.dateAt(at),
  })
}

/** An endless feed walks through centuries; what it left behind need not stay. */
const rememberedDates = 20_000

function remember<T>(map: Map<string, T>, date: string, value: T): void {
  if (map.size >= rememberedDates) map.clear()
  map.set(date, value)
}

/** Open and close of each bar of a session; the last one is cut at the session's close. */
export function* sessionBars(session: Session, timeframe: string): Generator<[number, number]> {
  if (isDaily(timeframe)) {
    yield [session.open, session.close]
    return
  }
  const length = timeframeMs(timeframe)
  for (let open = session.open; open < session.close; open += length) {
    yield [open, Math.min(open + length, session.close)]
  }
}
