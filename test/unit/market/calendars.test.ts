import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarFor } from '../../../market/calendar.ts'
import { civilDate, dayNumber, formatDate, parseDate, weekday } from '../../../market/dates.ts'
import { timeZone } from '../../../market/time-zone.ts'
import { timeframeMs } from '../../../market/timeframe.ts'
import { closedWeekdays, earlyCloses } from './nyse-2000-2030.ts'

const newYork = calendarFor('XNYS')
const always = calendarFor('24/7')
const at = (iso: string): number => Date.parse(iso)

describe('XNYS', () => {
  it('is closed on exactly the published weekdays, 2000 to 2030', () => {
    const expected: string[] = []
    for (let day = parseDate('2000-01-01'); day <= parseDate('2030-12-31'); day++) {
      const closed = weekday(day) === 0 || weekday(day) === 6 || closedWeekdays.has(formatDate(day))
      if (!closed) expected.push(formatDate(day))
    }
    expect(expected).toHaveLength(7794)
    expect(newYork.sessionsBetween('2000-01-01', '2030-12-31')).toEqual(expected)
  })

  it('closes at 13:00 on exactly the published half days and at 16:00 otherwise', () => {
    const zone = timeZone('America/New_York')
    const short = newYork.sessionsBetween('2000-01-01', '2030-12-31').filter((date) => {
      const { open, close } = newYork.session(date)
      expect((open + zone.offsetAt(open)) % 86_400_000).toBe(9.5 * 3_600_000)
      const wall = (close + zone.offsetAt(close)) % 86_400_000
      expect([13 * 3_600_000, 16 * 3_600_000]).toContain(wall)
      return wall === 13 * 3_600_000
    })
    expect(short).toEqual([...earlyCloses])
  })

  it('moves its UTC hours with daylight saving time', () => {
    expect(newYork.session('2024-03-08')).toEqual({
      date: '2024-03-08',
      open: at('2024-03-08T14:30Z'),
      close: at('2024-03-08T21:00Z'),
    })
    expect(newYork.session('2024-03-11').close).toBe(at('2024-03-11T20:00Z'))
    expect(newYork.session('2024-11-01').close).toBe(at('2024-11-01T20:00Z'))
    expect(newYork.session('2024-11-04').close).toBe(at('2024-11-04T21:00Z'))
  })

  it('steps over the longest closure and over weekends', () => {
    expect(newYork.nextSession('2001-09-10')).toBe('2001-09-17')
    expect(newYork.previousSession('2001-09-17')).toBe('2001-09-10')
    expect(newYork.nextSession('2021-12-31')).toBe('2022-01-03')
    expect(newYork.previousSession('2012-10-31')).toBe('2012-10-26')
  })

  it('refuses to open on a holiday, naming the next session', () => {
    expect(newYork.isSession('2025-01-09')).toBe(false)
    expect(() => newYork.session('2025-01-09')).toThrow(/2025-01-10/)
    expect(() => newYork.isSession('2025-02-30')).toThrow(/day of the calendar/)
    expect(() => newYork.sessionsBetween('2025-02-03', '2025-02-01')).toThrow(/not after/)
  })

  it('cuts a session into bars and the last bar at the close', () => {
    const hours = newYork.barTimes('1h', '2024-11-29', '2024-11-29')
    expect([...hours.openTime].map((time) => new Date(time).toISOString().slice(11, 16))).toEqual([
      '14:30',
      '15:30',
      '16:30',
      '17:30',
    ])
    expect(hours.closeTime[3]).toBe(at('2024-11-29T18:00Z'))
    expect(newYork.barTimes('1m', '2024-03-08', '2024-03-11').openTime).toHaveLength(780)
    const days = newYork.barTimes('1d', '2024-07-02', '2024-07-05')
    expect([...days.closeTime]).toEqual(
      ['2024-07-02T20:00Z', '2024-07-03T17:00Z', '2024-07-05T20:00Z'].map(at),
    )
  })
})

describe('24/7', () => {
  it('has every day from midnight to midnight UTC', () => {
    expect(always.sessionsBetween('2024-02-28', '2024-03-01')).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ])
    expect(always.session('2024-02-29')).toEqual({
      date: '2024-02-29',
      open: at('2024-02-29T00:00Z'),
      close: at('2024-03-01T00:00Z'),
    })
    expect(always.barTimes('1h', '2024-02-29', '2024-03-01').openTime).toHaveLength(48)
  })

  it('is found by name only', () => {
    expect(() => calendarFor('XNYZ')).toThrow(/no calendar XNYZ.*XNYS/)
  })
})

describe('time zones', () => {
  it('agrees with Intl at any instant', () => {
    const zones = ['America/New_York', 'Europe/London', 'Asia/Kolkata', 'Africa/Casablanca']
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('1975-01-01'), max: at('2037-01-01') }),
        (name, instant) => {
          const wall = new Intl.DateTimeFormat('sv-SE', {
            timeZone: name,
            dateStyle: 'short',
            timeStyle: 'medium',
          }).format(instant)
          const local = instant + timeZone(name).offsetAt(instant)
          expect(new Date(local).toISOString().slice(0, 19).replace('T', ' ')).toBe(wall)
        },
      ),
    )
  })

  it('changes offset at the very millisecond', () => {
    const zone = timeZone('America/New_York')
    const spring = at('2024-03-10T07:00Z')
    expect([spring - 1, spring].map((time) => zone.offsetAt(time) / 3_600_000)).toEqual([-5, -4])
    const autumn = at('2024-11-03T06:00Z')
    expect([autumn - 1, autumn].map((time) => zone.offsetAt(time) / 3_600_000)).toEqual([-4, -5])
  })

  it('takes the earlier of two equal wall times and carries a skipped one forward', () => {
    const zone = timeZone('America/New_York')
    expect(zone.toUtc(at('2024-11-03T01:30Z'))).toBe(at('2024-11-03T05:30Z'))
    expect(zone.toUtc(at('2024-03-10T02:30Z'))).toBe(at('2024-03-10T07:30Z'))
    expect(zone.toUtc(at('2024-07-01T09:30Z'))).toBe(at('2024-07-01T13:30Z'))
  })

  it('inverts: the wall time of an instant leads back to it, but for the repeated hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('2000-01-01'), max: at('2031-01-01') }), (instant) => {
        const zone = timeZone('America/New_York')
        const back = zone.toUtc(instant + zone.offsetAt(instant))
        expect([0, 3_600_000]).toContain(instant - back)
      }),
    )
  })

  it('names the zone it does not know', () => {
    expect(() => timeZone('Mars/Olympus')).toThrow(/IANA time zone.*Mars\/Olympus/)
  })
})

describe('dates and timeframes', () => {
  it('round-trips every day number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), (days) => {
        const { year, month, day } = civilDate(days)
        expect(dayNumber(year, month, day)).toBe(days)
        expect(Date.UTC(year, month - 1, day)).toBe(days * 86_400_000)
      }),
    )
  })

  it('knows seconds to hours and one day, and refuses the rest by name', () => {
    expect(['1s', '5m', '15m', '1h', '12h', '1d'].map(timeframeMs)).toEqual([
      1_000, 300_000, 900_000, 3_600_000, 43_200_000, 86_400_000,
    ])
    for (const bad of ['', '60', '0m', '5d', '24h', '1M', '1 h', '-1m']) {
      expect(() => timeframeMs(bad)).toThrow(/timeframe must be a count and a unit/)
    }
  })
})
