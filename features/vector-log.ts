/**
 * Vector log: the newest row of features behind every prediction that was served, so that it can be computed again offline.
 *
 * A segment is a file of records, each a length, a kind and a body. A key record names what follows it (symbols, set, fingerprint,
 * timeframe), a vector record holds the key, when it was served, its decision moment and its float32 values. What a killed
 * process left half-written at the end of a segment is not a record and is counted as torn.
 */
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../core/files.ts'

export interface VectorKey {
  readonly symbol: string
  /** Symbols that the set was evaluated over: the one, or all that a set across symbols looks at. */
  readonly universe: readonly string[]
  readonly timeframe: string
  readonly set: string
  readonly fingerprint: string
  readonly features: readonly string[]
}

export interface LoggedVector {
  readonly key: VectorKey
  /** Milliseconds: when it was served, and the moment of its bar. */
  readonly servedAt: number
  readonly time: number
  readonly values: Float32Array
}

/** Where the log lies in a data folder, and what the newest verification is kept as in it. */
export const vectorLogFolder = (dataDir: string): string => join(dataDir, 'features', 'log')
export const verifyReportFile = 'verify.json'

const magic = Buffer.from('QVL1')
const segmentBytes = 64 * 2 ** 20
const flushBytes = 256 * 1_024
const kinds = { key: 1, vector: 2 } as const

export interface VectorLogOptions {
  /** Distinguishes the segments of processes that write to one folder. */
  readonly name: string
  /** Hears of a write that failed: the vectors of it are lost, the predictions are not. */
  readonly onError: (error: Error, vectors: number) => void
}

export class VectorLog {
  readonly #folder: string
  readonly #options: VectorLogOptions
  #buffer: Buffer[] = []
  #buffered = 0
  #vectors = 0
  #keys = new Map<string, number>()
  #segment = 0
  #written = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout

  constructor(folder: string, options: VectorLogOptions) {
    this.#folder = folder
    this.#options = options
    // A killed process loses what it served in its last second.
    this.#timer = setInterval(() => void this.flush(), 1_000).unref()
  }

  /** Takes a vector; never throws and never waits for the disk. `identity` is equal for equal keys. */
  append(identity: string, vector: LoggedVector): void {
    let id = this.#keys.get(identity)
    if (id === undefined) {
      id = this.#keys.size
      this.#keys.set(identity, id)
      this.#put(record(kinds.key, Buffer.from(JSON.stringify(vector.key))))
    }
    const head = Buffer.alloc(20)
    head.writeUInt32LE(id, 0)
    head.writeDoubleLE(vector.servedAt, 4)
    head.writeDoubleLE(vector.time, 12)
    const { buffer, byteOffset, byteLength } = vector.values
    this.#put(record(kinds.vector, head, Buffer.from(buffer, byteOffset, byteLength)))
    this.#vectors++
    if (this.#buffered > flushBytes) void this.flush()
  }

  /** Writes what is buffered; resolves when all of it is with the operating system. */
  flush(): Promise<void> {
    if (this.#buffered === 0) return this.#writing
    const parts = this.#written === 0 ? [magic, ...this.#buffer] : this.#buffer
    const vectors = this.#vectors
    const file = join(this.#folder, `${this.#options.name}-${this.#segment}.qvl`)
    this.#written += this.#buffered
    this.#buffer = []
    this.#buffered = 0
    this.#vectors = 0
    if (this.#written > segmentBytes) this.#rotate()
    this.#writing = this.#writing.then(() =>
      append(this.#folder, file, Buffer.concat(parts)).catch((error: unknown) => {
        // What was taken meanwhile refers to keys that were lost with it.
        this.#options.onError(error as Error, vectors + this.#vectors)
        this.#buffer = []
        this.#buffered = 0
        this.#vectors = 0
        this.#rotate()
      }),
    )
    return this.#writing
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  #put(bytes: Buffer): void {
    this.#buffer.push(bytes)
    this.#buffered += bytes.length
  }

  #rotate(): void {
    this.#segment++
    this.#written = 0
    this.#keys = new Map()
  }
}

async function append(folder: string, path: string, bytes: Buffer): Promise<void> {
  await makeFolder(folder)
  const file = await open(path, 'a')
  try {
    await file.appendFile(bytes)
  } finally {
    await file.close()
  }
}

function record(kind: number, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(
    body.reduce((sum, part) => sum + part.length, 0),
    0,
  )
  head.writeUInt32LE(kind, 4)
  return Buffer.concat([head, ...body])
}

export interface VectorLogContents {
  readonly vectors: readonly LoggedVector[]
  /** Segments with bytes at their end that are no whole record. */
  readonly torn: number
}

/** Every vector in the folder, segment by segment in the order of their names. */
export async function readVectorLog(folder: string): Promise<VectorLogContents> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.qvl'))
  const vectors: LoggedVector[] = []
  let torn = 0
  for (const file of files.sort()) {
    const bytes = await readFile(join(folder, file))
    if (!readSegment(bytes, vectors)) torn++
  }
  return { vectors, torn }
}

/** Whether the segment ends with a whole record. */
function readSegment(bytes: Buffer, into: LoggedVector[]): boolean {
  if (!bytes.subarray(0, magic.length).equals(magic)) return false
  const keys: VectorKey[] = []
  let at = magic.length
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const kind = bytes.readUInt32LE(at + 4)
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (body.length < length) return false
    at += 8 + length
    if (kind === kinds.key) keys.push(JSON.parse(body.toString()) as VectorKey)
    else {
      const key = keys[body.readUInt32LE(0)]
      if (key === undefined) return false
      const values = new Float32Array(new Uint8Array(body.subarray(20)).buffer)
      into.push({ key, servedAt: body.readDoubleLE(4), time: body.readDoubleLE(12), values })
    }
  }
  return at === bytes.length
}
