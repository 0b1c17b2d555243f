/** Timeframes: the length of a bar as text, '1s' … '12h' in seconds, minutes, hours, or '1d' for one session. */
import { check } from '../core/checks.ts'
import { dayMs } from './dates.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs } as const

export function isTimeframe(text: string): boolean {
  return !Number.isNaN(lengthOf(text))
}

/**
 * Milliseconds of a timeframe. '1d' means one session of the calendar, whatever its length; longer bars than a session do
 * not exist here (resample daily bars instead).
 *
 * @throws INVALID_VALUE for another form: '60', '1 hour', '1M', '5d'.
 * @example timeframeMs('15m') // 900000
 */
export function timeframeMs(timeframe: string): number {
  const ms = lengthOf(timeframe)
  check(
    !Number.isNaN(ms),
    'timeframe',
    'a count and a unit below one day (1s, 5m, 1h) or 1d',
    timeframe,
  )
  return ms
}

function lengthOf(timeframe: string): number {
  const match = /^([1-9]\d{0,4})([smhd])$/.exec(timeframe)
  const ms = match ? Number(match[1]) * unitMs[match[2] as keyof typeof unitMs] : NaN
  return ms < dayMs || timeframe === '1d' ? ms : NaN
}

/** Whether a bar of this timeframe spans a whole session. */
export function isDaily(timeframe: string): boolean {
  return timeframe === '1d'
}
