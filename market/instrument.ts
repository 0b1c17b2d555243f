/** Instrument: what a symbol is and when it trades. Kept in `instruments.json` of the store folder. */
import { z } from 'zod'
import { invalid } from '../core/checks.ts'
import { calendarFor, calendarNames, type Calendar } from './calendar.ts'
import { timeZone } from './time-zone.ts'
import { isTimeframe } from './timeframe.ts'

export const assetClasses = [
  'equity',
  'etf',
  'index',
  'crypto',
  'fx',
  'future',
  'bond',
  'simulated',
] as const

const text = z.string().trim().min(1).max(64)

export const instrumentSchema = z
  .strictObject({
    /** Any text up to 64 characters without control characters: AAPL, BTC/USD, ^GSPC. */
    symbol: text.refine((symbol) => !hasControlCharacter(symbol), 'holds a control character'),
    name: z.string().trim().min(1).max(200),
    assetClass: z.enum(assetClasses),
    currency: text,
    /** IANA zone in which dates on the command line and in files are meant. */
    timeZone: z.string().refine(isTimeZone, 'is no IANA time zone'),
    calendar: z.enum(calendarNames),
    /** Sector or another group for cross-sectional operators. */
    group: text.optional(),
    /** Whether quantities may have decimals. */
    fractional: z.boolean(),
    /** Smallest price step, where there is one. */
    priceTick: z.number().positive().optional(),
    /** How long after its close a bar is published. */
    publicationLagMs: z.number().int().min(0),
    /** Timeframes the store holds. */
    timeframes: z.array(z.string().refine(isTimeframe, 'is no timeframe')).optional(),
    /** For what may be quoted at or below zero: spreads, power, rates. */
    nonPositivePrices: z.boolean().optional(),
  })
  .readonly()

export type Instrument = Omit<z.infer<typeof instrumentSchema>, 'timeframes'> & {
  readonly timeframes?: readonly string[]
}

/**
 * An instrument with the defaults of its calendar: a US equity in whole units on XNYS, or a fractional UTC instrument on 24/7.
 *
 * @throws INVALID_VALUE naming the field.
 * @example createInstrument({ symbol: 'AAPL' }).calendar // 'XNYS'
 */
export function createInstrument(
  fields: { readonly symbol: string } & {
    readonly [K in keyof Instrument]?: Instrument[K] | undefined
  },
): Instrument {
  const calendar = fields.calendar ?? 'XNYS'
  const always = calendar === '24/7'
  const given = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  )
  const parsed = instrumentSchema.safeParse({
    name: fields.symbol,
    assetClass: always ? 'crypto' : 'equity',
    currency: 'USD',
    timeZone: calendarFor(calendar).timeZone,
    calendar,
    fractional: always,
    publicationLagMs: 0,
    ...given,
  })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const field = issue.path.join('.')
    throw invalid(
      `instrument ${fields.symbol}: ${field || 'fields'}`,
      issue.message,
      (fields as Readonly<Record<string, unknown>>)[field],
    )
  }
  return Object.freeze(parsed.data) as Instrument
}

export function calendarOf(instrument: Instrument): Calendar {
  return calendarFor(instrument.calendar)
}

function hasControlCharacter(value: string): boolean {
  return Array.from(value).some((character) => {
    const code = character.codePointAt(0)!
    return code < 32 || code === 127
  })
}

function isTimeZone(name: string): boolean {
  try {
    return timeZone(name).name === name
  } catch {
    return false
  }
}

/** Code of each instrument's group, by the sorted names of the groups present; no group is a group of its own. */
export function groupCodes(instruments: readonly Instrument[]): Int32Array {
  const names = [...new Set(instruments.map((one) => one.group ?? ''))].sort()
  return Int32Array.from(instruments, (one) => names.indexOf(one.group ?? ''))
}
