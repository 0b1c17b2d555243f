/**
 * Values on their way into and out of the database, one policy for PGlite and PostgreSQL (their drivers disagree on most of
 * these). Parameters travel as text:
 *
 * | JavaScript | SQL text |
 * |---|---|
 * | null, undefined | NULL |
 * | number, bigint, boolean | as printed; NaN and Infinity for float columns |
 * | Date | ISO 8601 with Z |
 * | Uint8Array | hex bytea |
 * | array | PostgreSQL array literal; a JSON array must be passed as `JSON.stringify(value)` |
 * | other object | JSON |
 *
 * Results come back as:
 *
 * | SQL | JavaScript |
 * |---|---|
 * | int2, int4, oid, float4, float8 | number |
 * | int8, count(*) | number where safe, else bigint |
 * | numeric | number, the nearest double; cast to text where every digit counts |
 * | bool | boolean |
 * | json, jsonb | parsed |
 * | bytea | Uint8Array |
 * | date | 'YYYY-MM-DD' |
 * | timestamp (read as UTC), timestamptz | milliseconds since the epoch, microseconds cut off; ±Infinity |
 * | interval | ISO 8601 duration |
 * | arrays of these | arrays |
 * | everything else | string |
 */
import { check, invalid } from '../checks.ts'

type Parser = (text: string) => unknown

export function encodeValues(values: readonly unknown[]): (string | null)[] {
  return values.map(encodeValue)
}

function encodeValue(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
      return null
    case 'string':
      return value
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? null : encodeObject(value)
    default:
      throw invalid('a database value', 'data', typeof value)
  }
}

function encodeObject(value: object): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${bufferOf(value).toString('hex')}`
  if (Array.isArray(value)) return encodeArray(value)
  return JSON.stringify(value)
}

function encodeArray(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (Array.isArray(value)) return encodeArray(value)
    const text = encodeValue(value)
    return text === null ? 'NULL' : `"${text.replace(/[\\"]/g, '\\$&')}"`
  })
  return `{${elements.join(',')}}`
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const integer8: Parser = (text) => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

const bytes: Parser = (text) => {
  check(text.startsWith('\\x'), 'a bytea value', 'hex text', text.slice(0, 8))
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}

/** '2024-03-01 12:00:00.123456+05:30', BC and ±infinity included; a missing zone is UTC. */
const timestampPattern =
  /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?( BC)?$/

const timestamp: Parser = (text) => {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  const match = timestampPattern.exec(text)
  if (!match) throw invalid('a timestamp of the database', 'in ISO style', text)
  const part = (index: number): number => Number(match[index] ?? 0)
  const year = match[12] ? 1 - part(1) : part(1)
  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const zone = (match[8] === '-' ? -1 : 1) * (part(9) * 3600 + part(10) * 60 + part(11)) * 1000
  const date = new Date(0)
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, part(2) - 1, part(3))
  date.setUTCHours(part(4), part(5), part(6), fraction)
  return date.getTime() - zone
}

const asText: Parser = (text) => text

/** Type → [object id of the type, of its array, parser]; the ids are those of pg_type.dat, the same in every version. */
const types: readonly (readonly [number, number, Parser])[] = [
  [16, 1000, (text) => text === 't'], // bool
  [17, 1001, bytes], // bytea
  [19, 1003, asText], // name
  [20, 1016, integer8], // int8
  [21, 1005, Number], // int2
  [23, 1007, Number], // int4
  [25, 1009, asText], // text
  [26, 1028, Number], // oid
  [114, 199, JSON.parse as Parser], // json
  [700, 1021, Number], // float4
  [701, 1022, Number], // float8
  [1042, 1014, asText], // bpchar
  [1043, 1015, asText], // varchar
  [1082, 1182, asText], // date
  [1114, 1115, timestamp], // timestamp
  [1184, 1185, timestamp], // timestamptz
  [1186, 1187, asText], // interval: ISO 8601 by the session's intervalstyle
  [1700, 1231, Number], // numeric
  [2950, 2951, asText], // uuid
  [3802, 3807, JSON.parse as Parser], // jsonb
]

/** Parser by object id of the type. */
export const parsers: Readonly<Record<number, Parser>> = Object.fromEntries(
  types.flatMap(([oid, arrayOid, parse]) => [
    [oid, parse],
    [arrayOid, (text: string) => parseArray(text, parse)],
  ]),
)

/** Settings under which every session prints what these parsers read. */
export const sessionSettings = [
  "set timezone = 'UTC'",
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'iso_8601'",
  "set bytea_output = 'hex'",
]

/** Reads `{1,NULL,"a \"b\""}`, nested or not; a lower bound prefix (`[0:2]=`) is dropped. */
function parseArray(text: string, parse: Parser): unknown[] {
  let at = text.indexOf('{') + 1
  const list = (): unknown[] => {
    const items: unknown[] = []
    while (text[at] !== '}') {
      check(at < text.length, 'an array of the database', 'closed by }', text)
      if (text[at] === ',') at++
      else if (text[at] === '{') {
        at++
        items.push(list())
      } else items.push(text[at] === '"' ? parse(quoted()) : bare())
    }
    at++
    return items
  }
  const quoted = (): string => {
    let out = ''
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      check(at < text.length, 'an array of the database', 'closed by "', text)
      out += text[at]!
    }
    at++
    return out
  }
  const bare = (): unknown => {
    const start = at
    while (at < text.length && text[at] !== ',' && text[at] !== '}') at++
    const word = text.slice(start, at)
    return word === 'NULL' ? null : parse(word)
  }
  return list()
}
