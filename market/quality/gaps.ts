/** Bars that the calendar has and the series has not, and bars at times the calendar has none. */
import type { Bars } from '../bars.ts'
import type { Calendar } from '../calendar.ts'
import { formatInstant } from '../dates.ts'
import { timeframeMs } from '../timeframe.ts'
import type { FindingLog } from './findings.ts'

export function findGaps(bars: Bars, line: Int32Array, calendar: Calendar, log: FindingLog): void {
  const { openTime } = bars.columns
  const length = timeframeMs(bars.timeframe)
  const grid = createGrid(calendar, length)
  for (let row = 0; row < bars.length; row++) {
    const where = { row: line[row]!, time: openTime[row]! }
    if (!grid.has(openTime[row]!)) {
      log.add('off-calendar', 'kept', where, () => `${calendar.name} has no bar here`)
    }
    if (row === 0) continue
    const from = bars.time[row - 1]!
    const to = openTime[row]!
    const missing = from < to ? grid.count(from, to) : 0
    if (missing === 0) continue
    const detail = (): string =>
      `${missing} missing between ${formatInstant(from)} and ${formatInstant(to)}`
    log.add('gap', 'kept', where, detail, missing)
  }
}

interface Grid {
  /** Whether a bar opens at this instant. */
  has(open: number): boolean
  /** Bars that open at or after `from` and before `to`. */
  count(from: number, to: number): number
}

function createGrid(calendar: Calendar, length: number): Grid {
  let session = calendar.findSession(calendar.dateAt(0))
  const sessionAt = (at: number): typeof session => {
    if (session && at >= session.open && at < session.close) return session
    session = calendar.findSession(calendar.dateAt(at))
    return session
  }
  /** Bars of a session that open before `at`. */
  const opened = (open: number, close: number, at: number): number =>
    at <= open ? 0 : Math.ceil((Math.min(at, close) - open) / length)
  return {
    has: (open) => {
      const here = sessionAt(open)
      return (
        here !== undefined &&
        open >= here.open &&
        open < here.close &&
        (open - here.open) % length === 0
      )
    },
    count: (from, to) => {
      const first = calendar.dateAt(from)
      const last = calendar.dateAt(to)
      let missing = 0
      for (let date = first; date <= last; date = calendar.nextSession(date)) {
        const here = calendar.findSession(date)
        if (here) missing += opened(here.open, here.close, to) - opened(here.open, here.close, from)
      }
      return missing
    },
  }
}
