/**
 * UBJSON (ubjson.org, draft 12) as far as XGBoost uses it: objects, strings, integers, floats, counted lists, typed arrays; everything big-endian, lengths
 * as int64 when written.
 */
import { QuorumError } from '../../../core/errors.ts'
import { isList, isNumbers, type DocumentValue, type NumberArray } from './document.ts'

export function encodeUbjson(value: DocumentValue): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

const text = (ascii: string): Uint8Array => new TextEncoder().encode(ascii)

function length(count: number): Uint8Array {
  const bytes = Buffer.alloc(9)
  bytes.write('L')
  bytes.writeBigInt64BE(BigInt(count), 1)
  return bytes
}

function write(value: DocumentValue, parts: Uint8Array[]): void {
  if (typeof value === 'string') {
    parts.push(text('S'), length(Buffer.byteLength(value)), text(value))
  } else if (typeof value === 'number') {
    const bytes = Buffer.alloc(5)
    bytes.write('l')
    bytes.writeInt32BE(value, 1)
    parts.push(bytes)
  } else if (value === null) parts.push(text('Z'))
  else if (typeof value === 'boolean') parts.push(text(value ? 'T' : 'F'))
  else if (isNumbers(value)) writeNumbers(value, parts)
  else if (isList(value)) {
    parts.push(text('[#'), length(value.length))
    for (const element of value) write(element, parts)
  } else {
    parts.push(text('{'))
    for (const [key, member] of Object.entries(value)) {
      parts.push(length(Buffer.byteLength(key)), text(key))
      write(member, parts)
    }
    parts.push(text('}'))
  }
}

function writeNumbers(values: NumberArray, parts: Uint8Array[]): void {
  const bytes = Buffer.alloc(values.byteLength)
  let type = 'U'
  if (values instanceof Float32Array) {
    type = 'd'
    values.forEach((value, k) => bytes.writeFloatBE(value, 4 * k))
  } else if (values instanceof Int32Array) {
    type = 'l'
    values.forEach((value, k) => bytes.writeInt32BE(value, 4 * k))
  } else if (values instanceof BigInt64Array) {
    type = 'L'
    values.forEach((value, k) => bytes.writeBigInt64BE(value, 8 * k))
  } else bytes.set(values)
  parts.push(text(`[$${type}#`), length(values.length), bytes)
}

/** Numbers of any type come back as plain numbers. @throws BAD_DATA for bytes of another form */
export function decodeUbjson(bytes: Uint8Array, source: string): unknown {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), source)
  try {
    return reader.value(reader.marker())
  } catch (error) {
    if (error instanceof QuorumError) throw error
    throw reader.fault('it ends early', error)
  }
}

/** Deeper nesting is no model. */
const deepest = 64

class Reader {
  readonly #bytes: Buffer
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(bytes: Buffer, source: string) {
    this.#bytes = bytes
    this.#source = source
  }

  fault(reason: string, cause?: unknown): QuorumError {
    return new QuorumError(
      'BAD_DATA',
      { source: this.#source, reason: `not a UBJSON model: ${reason} (byte ${this.#at})` },
      { cause },
    )
  }

  /** The next marker that is not a no-op. */
  marker(): string {
    for (;;) {
      const marker = String.fromCharCode(this.#bytes.readUInt8(this.#at++))
      if (marker !== 'N') return marker
    }
  }

  value(marker: string): unknown {
    if (marker === 'S') return this.#text(this.#length())
    if (marker === 'C') return this.#text(1)
    if (marker === 'Z') return null
    if (marker === 'T' || marker === 'F') return marker === 'T'
    if (marker !== '[' && marker !== '{') return this.#number(marker)
    if (++this.#depth > deepest) throw this.fault('it is nested too deeply')
    const value = marker === '[' ? this.#list() : this.#object()
    this.#depth--
    return value
  }

  #list(): unknown[] {
    const { type, count } = this.#head()
    const values: unknown[] = []
    if (count !== undefined) {
      // Every element but those of an empty type takes a byte at least.
      if (count > this.#bytes.length - this.#at) throw this.fault(`a list of ${count} does not fit`)
      for (let k = 0; k < count; k++) values.push(this.value(type ?? this.marker()))
      return values
    }
    for (let next = this.marker(); next !== ']'; next = this.marker()) values.push(this.value(next))
    return values
  }

  #object(): Record<string, unknown> {
    const { type, count } = this.#head()
    const members: [string, unknown][] = []
    for (let k = 0; count === undefined || k < count; k++) {
      if (count === undefined && this.#peek() === '}') {
        this.#at++
        break
      }
      const key = this.#text(this.#length())
      members.push([key, this.value(type ?? this.marker())])
    }
    return Object.fromEntries(members)
  }

  #head(): { readonly type: string | undefined; readonly count: number | undefined } {
    let type: string | undefined
    if (this.#peek() === '$') {
      this.#at++
      type = this.marker()
    }
    if (this.#peek() !== '#') {
      if (type !== undefined) throw this.fault('a typed list has no count')
      return { type, count: undefined }
    }
    this.#at++
    return { type, count: this.#length() }
  }

  #peek(): string {
    return String.fromCharCode(this.#bytes.readUInt8(this.#at))
  }

  #length(): number {
    const count = this.#number(this.marker())
    if (!Number.isInteger(count) || count < 0) throw this.fault(`a length of ${count}`)
    return count
  }

  #text(count: number): string {
    if (this.#at + count > this.#bytes.length) throw this.fault('a string does not fit')
    return this.#bytes.toString('utf8', this.#at, (this.#at += count))
  }

  #number(marker: string): number {
    const at = this.#at
    const step = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 }[marker]
    if (step === undefined) throw this.fault(`an unknown marker ${JSON.stringify(marker)}`)
    this.#at += step
    if (marker === 'i') return this.#bytes.readInt8(at)
    if (marker === 'U') return this.#bytes.readUInt8(at)
    if (marker === 'I') return this.#bytes.readInt16BE(at)
    if (marker === 'l') return this.#bytes.readInt32BE(at)
    if (marker === 'L') return Number(this.#bytes.readBigInt64BE(at))
    return marker === 'd' ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at)
  }
}
