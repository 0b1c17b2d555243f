/**
 * Time zones through Intl, fast enough for a call a row: the zone's transitions are found once for each stretch of about
 * 200 days (coarse sampling, then bisection to the millisecond) and kept, so that a lookup is a short scan over numbers.
 *
 * A wall time is written as the milliseconds that the same clock reading would have in UTC.
 */
import { invalid } from '../core/checks.ts'
import { dayMs, formatDate, parseDate } from './dates.ts'

export interface TimeZone {
  readonly name: string
  /** Milliseconds to add to UTC to get the wall time at this instant. */
  offsetAt(utc: number): number
  /**
   * The instant of a wall time. A wall time that happens twice (clocks put back) is the earlier one; one that does not happen
   * (clocks put forward) is taken with the offset before the change, as Temporal's 'compatible' does.
   */
  toUtc(wall: number): number
  /** 'YYYY-MM-DD' on the wall at this instant. */
  dateAt(utc: number): string
}

const zones = new Map<string, TimeZone>()

/** @throws INVALID_VALUE for a name that is no IANA zone. */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name)
  if (known) return known
  const zone = name === 'UTC' ? utc : new IntlZone(name)
  zones.set(name, zone)
  return zone
}

/** First instant of a date in a zone, or of the day so many days later. @throws INVALID_VALUE */
export function startOfDate(date: string, zone: string, { name = 'date', days = 0 } = {}): number {
  return timeZone(zone).toUtc((parseDate(date, name) + days) * dayMs)
}

const utc: TimeZone = {
  name: 'UTC',
  offsetAt: () => 0,
  toUtc: (wall) => wall,
  dateAt: (at) => formatDate(Math.floor(at / dayMs)),
}

/** Offsets of one stretch: `offsets[i]` holds from `starts[i]` to the next start. */
interface Stretch {
  readonly starts: readonly number[]
  readonly offsets: readonly number[]
}

const stretchMs = 2 ** 34
/** Two transitions closer than this would be missed; the closest on record (Morocco around Ramadan) are weeks apart. */
const sampleMs = 4 * dayMs

class IntlZone implements TimeZone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #stretches = new Map<number, Stretch>()

  constructor(name: string) {
    this.name = name
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'gregory',
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      })
    } catch {
      throw invalid('timeZone', 'an IANA time zone such as America/New_York or UTC', name)
    }
  }

  offsetAt(at: number): number {
    const index = Math.floor(at / stretchMs)
    let stretch = this.#stretches.get(index)
    if (!stretch) {
      stretch = this.#explore(index * stretchMs)
      this.#stretches.set(index, stretch)
    }
    const { starts, offsets } = stretch
    let i = starts.length - 1
    while (i > 0 && at < starts[i]!) i--
    return offsets[i]!
  }

  toUtc(wall: number): number {
    const before = this.offsetAt(wall - dayMs)
    const after = this.offsetAt(wall + dayMs)
    if (before === after) return wall - before
    const early = wall - Math.max(before, after)
    if (this.offsetAt(early) === wall - early) return early
    const late = wall - Math.min(before, after)
    if (this.offsetAt(late) === wall - late) return late
    return wall - before
  }

  dateAt(at: number): string {
    return formatDate(Math.floor((at + this.offsetAt(at)) / dayMs))
  }

  #explore(start: number): Stretch {
    const starts = [start]
    const offsets = [this.#measure(start)]
    for (let at = start; at < start + stretchMs;) {
      const next = Math.min(at + sampleMs, start + stretchMs)
      const offset = this.#measure(next)
      const last = offsets[offsets.length - 1]!
      if (offset !== last && next < start + stretchMs) {
        starts.push(this.#transition(at, next, last))
        offsets.push(offset)
      } else if (offset !== last) {
        const change = this.#transition(at, next, last)
        if (change < next) {
          starts.push(change)
          offsets.push(offset)
        }
      }
      at = next
    }
    return { starts, offsets }
  }

  /** First millisecond in (low, high] that does not have `offset` any more. */
  #transition(low: number, high: number, offset: number): number {
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.#measure(middle) === offset) low = middle
      else high = middle
    }
    return high
  }

  #measure(at: number): number {
    const second = Math.floor(at / 1000) * 1000
    const part: Record<string, number> = {}
    let era = 'AD'
    for (const { type, value } of this.#format.formatToParts(second)) {
      if (type === 'era') era = value
      else if (type !== 'literal') part[type] = Number(value)
    }
    const year = era.startsWith('B') ? 1 - part['year']! : part['year']!
    const wall = new Date(0)
    wall.setUTCFullYear(year, part['month']! - 1, part['day'])
    wall.setUTCHours(part['hour']!, part['minute'], part['second'])
    return wall.getTime() - second
  }
}
