/**
 * Records of a separated text file (RFC 4180 quoting, LF or CRLF) from a stream of byte chunks, without making a string of
 * anything: a record is the positions of its fields in the current chunk.
 */
import { QuorumError } from '../../core/errors.ts'

const lineFeed = 10
const carriageReturn = 13
const quote = 34

/** A record longer than this has an unclosed quote, or the file is not text. */
const longestRecordBytes = 1 << 20

/** Fields of one record: bytes [start[i], end[i]) for i < count; only valid inside the callback. */
export interface RecordFields {
  readonly start: Int32Array
  readonly end: Int32Array
  count: number
  /** Whether any field had quotes; such fields may hold doubled quotes. */
  quoted: boolean
  /** 1-based line on which the record begins. */
  line: number
}

export type OnRecord = (bytes: Buffer, fields: RecordFields) => void

/** Feeds every record to `onRecord`. @throws BAD_DATA for a quote that is not closed or is followed by text. */
export async function scanRecords(
  chunks: AsyncIterable<Buffer>,
  {
    source,
    separator,
    onRecord,
    skipBytes = 0,
  }: {
    readonly source: string
    readonly separator: number
    readonly onRecord: OnRecord
    /** Bytes to leave out at the beginning: a byte order mark. */
    readonly skipBytes?: number
  },
): Promise<void> {
  const scanner = new Scanner(source, separator, onRecord)
  let rest: Buffer = Buffer.alloc(0)
  let skip = skipBytes
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk.subarray(skip) : Buffer.concat([rest, chunk])
    skip = 0
    const used = scanner.scan(bytes)
    rest = bytes.subarray(used)
    if (rest.length > longestRecordBytes) throw scanner.tooLong()
  }
  if (rest.length > 0) {
    const used = scanner.scan(Buffer.concat([rest, Uint8Array.of(lineFeed)]))
    if (used === 0) throw scanner.tooLong()
  }
}

class Scanner {
  readonly #source: string
  readonly #separator: number
  readonly #onRecord: OnRecord
  #fields = newFields(64)
  #line = 1
  /** Line feeds inside quotes of the record being scanned. */
  #inner = 0

  constructor(source: string, separator: number, onRecord: OnRecord) {
    this.#source = source
    this.#separator = separator
    this.#onRecord = onRecord
  }

  /** Scans whole records; answers how many bytes they took. */
  scan(bytes: Buffer): number {
    let at = 0
    for (;;) {
      const next = this.#record(bytes, at)
      if (next < 0) return at
      const fields = this.#fields
      fields.line = this.#line
      this.#line += 1 + this.#inner
      const blank = fields.count === 1 && fields.start[0] === fields.end[0]
      if (!blank) this.#onRecord(bytes, fields)
      at = next
    }
  }

  tooLong(): QuorumError {
    return this.#error(
      this.#line,
      'the record has no end: a quote is not closed, or this is no text',
    )
  }

  /** Position after the record that begins at `from`, −1 where it is not complete yet. */
  #record(bytes: Buffer, from: number): number {
    const separator = this.#separator
    const length = bytes.length
    let { start, end } = this.#fields
    let count = 0
    let field = from
    let at = from
    this.#inner = 0
    this.#fields.quoted = false
    while (at < length) {
      const byte = bytes[at]!
      if (byte === separator || byte === lineFeed) {
        if (count === start.length) {
          this.#grow()
          start = this.#fields.start
          end = this.#fields.end
        }
        start[count] = field
        end[count] =
          byte === lineFeed && at > field && bytes[at - 1] === carriageReturn ? at - 1 : at
        count++
        at++
        field = at
        if (byte === lineFeed) {
          this.#fields.count = count
          return at
        }
      } else if (byte === quote && at === field) {
        const close = this.#closingQuote(bytes, at + 1)
        if (close < 0) return -1
        this.#fields.quoted = true
        const after = bytes[close + 1] === carriageReturn ? close + 2 : close + 1
        if (after >= length) return -1
        if (bytes[after] !== separator && bytes[after] !== lineFeed) {
          const line = this.#line + this.#inner
          throw this.#error(line, `column ${count + 1} has text after its closing quote`)
        }
        if (count === start.length) {
          this.#grow()
          start = this.#fields.start
          end = this.#fields.end
        }
        start[count] = field + 1
        end[count] = close
        count++
        at = after + 1
        field = at
        if (bytes[after] === lineFeed) {
          this.#fields.count = count
          return at
        }
      } else at++
    }
    return -1
  }

  /** Position of the quote that closes, doubled quotes passed over; −1 where it is not in these bytes. */
  #closingQuote(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] === lineFeed) this.#inner++
      if (bytes[at] !== quote) continue
      if (at + 1 >= bytes.length) return -1
      if (bytes[at + 1] !== quote) return at
      at++
    }
    return -1
  }

  #grow(): void {
    const larger = newFields(this.#fields.start.length * 2)
    larger.start.set(this.#fields.start)
    larger.end.set(this.#fields.end)
    larger.quoted = this.#fields.quoted
    this.#fields = larger
  }

  #error(line: number, reason: string): QuorumError {
    return new QuorumError('BAD_DATA', { source: this.#source, reason: `line ${line}: ${reason}` })
  }
}

function newFields(capacity: number): RecordFields {
  return {
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    count: 0,
    quoted: false,
    line: 0,
  }
}

/** A field as text, doubled quotes undone. */
export function fieldText(bytes: Buffer, fields: RecordFields, index: number): string {
  const text = bytes.toString('utf8', fields.start[index], fields.end[index])
  return fields.quoted ? text.replaceAll('""', '"') : text
}
