/**
 * Times in text files, straight from bytes. A value is one of three things, and the difference matters: a date (a session), a
 * wall time (needs a zone) or an instant.
 */
import { dayMs, dayNumber, isCivil } from '../dates.ts'

export const timeFormats = [
  'auto',
  'iso',
  'mdy',
  'dmy',
  'yyyymmdd',
  'epoch-s',
  'epoch-ms',
  'epoch-us',
  'epoch-ns',
] as const
export type TimeFormat = (typeof timeFormats)[number]

export const dateForm = 0
export const wallForm = 1
export const instantForm = 2

const zero = 48
const nine = 57
const colon = 58
const dot = 46
const comma = 44
const space = 32
const minus = 45
const plus = 43

/** Reads one value at a time: `parse` answers the milliseconds and leaves the form behind; NaN means unreadable. */
export interface TimeReader {
  parse(bytes: Buffer, from: number, to: number): number
  /** dateForm, wallForm or instantForm of the last value read. */
  form: number
}

/** The format of a file by its first value. @returns undefined where it could be several (01/02/2020) or none. */
export function detectTimeFormat(text: string): Exclude<TimeFormat, 'auto'> | undefined {
  if (/^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/.test(text)) return 'iso'
  if (/^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(text)) return 'yyyymmdd'
  const number = /^\d{5,20}(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (number < 1e11) return 'epoch-s'
  if (number < 1e14) return 'epoch-ms'
  if (number < 1e17) return 'epoch-us'
  return number >= 1e17 ? 'epoch-ns' : undefined
}

const epochUnits = { 'epoch-s': 1e3, 'epoch-ms': 1, 'epoch-us': 1e-3, 'epoch-ns': 1e-6 } as const

export function createTimeReader(format: Exclude<TimeFormat, 'auto'>): TimeReader {
  if (format in epochUnits) return epochReader(format as keyof typeof epochUnits)
  if (format === 'yyyymmdd') return compactReader
  return dateReader(format === 'mdy' ? [2, 0, 1] : format === 'dmy' ? [2, 1, 0] : [0, 1, 2])
}

function epochReader(format: keyof typeof epochUnits): TimeReader {
  const unit = epochUnits[format]
  return {
    form: instantForm,
    parse: (bytes, from, to) => {
      let value = 0
      let at = from
      for (; at < to; at++) {
        const digit = bytes[at]! - zero
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
      }
      if (at === from) return NaN
      if (at === to) return unit >= 1 ? value * unit : Math.floor(value * unit)
      const text = textOf(bytes, from, to)
      return /^\d+\.\d*$/.test(text) ? Math.round(Number(text) * unit) : NaN
    },
  }
}

const compactReader: TimeReader = {
  form: dateForm,
  parse: (bytes, from, to) => {
    if (to - from !== 8) return NaN
    const digits = number(bytes, from, to)
    return civil(Math.floor(digits / 10000), Math.floor(digits / 100) % 100, digits % 100)
  },
}

/** `order`: positions of year, month and day among the three numbers of a date. */
function dateReader(order: readonly [number, number, number]): TimeReader {
  const [yearAt, monthAt, dayAt] = order
  const numbers = new Int32Array(3)
  let day = NaN
  let dayText = -1
  const reader: TimeReader = {
    form: dateForm,
    parse: (bytes, from, to) => {
      let at = from
      let text = 0
      for (let i = 0; i < 3; i++) {
        const start = at
        let value = 0
        for (; at < to && isDigit(bytes[at]!); at++) value = value * 10 + bytes[at]! - zero
        if (at === start || at - start > 4) return NaN
        numbers[i] = value
        text = text * 10000 + value
        if (i < 2 && !isDateSeparator(bytes[at++])) return NaN
      }
      // Intraday rows repeat their date.
      if (text !== dayText) {
        day = civil(numbers[yearAt]!, numbers[monthAt]!, numbers[dayAt]!)
        dayText = text
      }
      if (at === to) {
        reader.form = dateForm
        return day
      }
      const separator = bytes[at++]!
      if (separator !== space && separator !== 84 && separator !== 116) return NaN
      const clock = parseClock(bytes, at, to)
      reader.form = clockForm
      return day + clock
    },
  }
  return reader
}

/** What `parseClock` read last: wallForm, or instantForm where the clock named its offset. */
let clockForm = wallForm

/** HH:MM[:SS[.fraction]][zone] as milliseconds since midnight, the zone's offset taken off; sets `clockForm`. */
function parseClock(bytes: Buffer, from: number, to: number): number {
  let at = from + 1
  let hour = digit(bytes, from, to)
  if (at < to && isDigit(bytes[at]!)) hour = hour * 10 + bytes[at++]! - zero
  if (bytes[at++] !== colon) return NaN
  const minute = digit(bytes, at, to) * 10 + digit(bytes, at + 1, to)
  at += 2
  let second = 0
  let fraction = 0
  if (at < to && bytes[at] === colon) {
    second = digit(bytes, at + 1, to) * 10 + digit(bytes, at + 2, to)
    at += 3
    if (at < to && (bytes[at] === dot || bytes[at] === comma)) {
      let weight = 100
      for (at++; at < to && isDigit(bytes[at]!); at++) {
        fraction += (bytes[at]! - zero) * weight
        weight /= 10
      }
    }
  }
  if (!(hour < 24 && minute < 60 && second < 61)) return NaN
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(fraction + 1e-9)
  clockForm = at === to ? wallForm : instantForm
  return at === to ? clock : clock - parseOffset(bytes, at, to)
}

function digit(bytes: Buffer, at: number, to: number): number {
  return at < to && isDigit(bytes[at]!) ? bytes[at]! - zero : NaN
}

/** Z, UTC, GMT, +05:30, -0400, +01, with or without a space before. */
function parseOffset(bytes: Buffer, from: number, to: number): number {
  if (to - from === 1 && bytes[from] === 90) return 0
  while (from < to && bytes[from] === space) from++
  const sign = bytes[from]
  if (sign !== plus && sign !== minus) {
    return /^(z|utc|gmt)$/i.test(textOf(bytes, from, to)) ? 0 : NaN
  }
  const match = /^(\d{2}):?(\d{2})?(?::?\d{2})?$/.exec(textOf(bytes, from + 1, to))
  if (!match) return NaN
  const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0)
  return (sign === minus ? -minutes : minutes) * 60_000
}

/** A clock column beside a date column: `date` is the date's midnight. NaN where the clock is unreadable or has a zone. */
export function addClock(date: number, bytes: Buffer, from: number, to: number): number {
  const clock = parseClock(bytes, from, to)
  return clockForm === wallForm ? date + clock : NaN
}

function civil(year: number, month: number, day: number): number {
  return isCivil(year, month, day) && year >= 1000 ? dayNumber(year, month, day) * dayMs : NaN
}

function number(bytes: Buffer, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - zero
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine
}

function isDateSeparator(byte: number | undefined): boolean {
  return byte === minus || byte === 47 || byte === dot
}

function textOf(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to)
}
