/** A text file as byte chunks: gzip by its magic bytes (whatever the name), a byte order mark found, UTF-16 refused. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { QuorumError } from '../../core/errors.ts'

const chunkBytes = 1 << 20

export interface TextFile {
  /** The file's first bytes, unpacked: enough for a header. */
  readonly head: Buffer
  /** Bytes of byte order mark at the beginning. */
  readonly markBytes: number
  readonly chunks: AsyncIterable<Buffer>
}

/** @throws FILE_NOT_FOUND, BAD_DATA for UTF-16 and for a damaged gzip file (while reading). */
export async function openText(path: string): Promise<TextFile> {
  const chunks = bytesOf(path)
  const first = await chunks.next()
  const head = first.done ? Buffer.alloc(0) : first.value
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    await chunks.return(undefined)
    throw new QuorumError('BAD_DATA', { source: path, reason: 'is UTF-16 text; save it as UTF-8' })
  }
  const marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf
  return { head, markBytes: marked ? 3 : 0, chunks: prepend(head, chunks) }
}

async function* prepend(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  try {
    const packed = await isGzip(path)
    const file = createReadStream(path, { highWaterMark: packed ? chunkBytes / 4 : chunkBytes })
    if (!packed) {
      yield* file as AsyncIterable<Buffer>
      return
    }
    const unpacked = createGunzip({ chunkSize: chunkBytes })
    file.on('error', (error) => unpacked.destroy(error))
    yield* file.pipe(unpacked) as AsyncIterable<Buffer>
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new QuorumError('FILE_NOT_FOUND', { path }, { cause })
    if (code?.startsWith('Z_')) {
      const reason = `the gzip data is damaged or cut off (${(cause as Error).message})`
      throw new QuorumError('BAD_DATA', { source: path, reason }, { cause })
    }
    if (code === 'EISDIR' || code === 'EACCES') {
      throw new QuorumError(
        'BAD_DATA',
        { source: path, reason: (cause as Error).message },
        { cause },
      )
    }
    throw cause
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const magic = Buffer.alloc(2)
    await file.read(magic, 0, 2, 0)
    return magic[0] === 0x1f && magic[1] === 0x8b
  } finally {
    await file.close()
  }
}
