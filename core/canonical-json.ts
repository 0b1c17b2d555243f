/**
 * Canonical JSON (RFC 8785) and its sha256. Keys sorted by UTF-16 code units, numbers as ECMAScript prints them, no
 * whitespace. NaN, infinities and undefined array elements have no JSON form and are refused.
 */
import { createHash } from 'node:crypto'
import { invalid } from './checks.ts'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid('a number in canonical JSON', 'finite', value)
    return JSON.stringify(value)
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key]
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`]
    })
  return `{${members.join(',')}}`
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
