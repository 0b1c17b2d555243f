/**
 * The exclusive lock of a data folder: a listening unix socket, because the kernel closes it with its process, however that
 * ends. There is no pid to be reused and no time to be guessed: a socket that refuses connections is dead, one that accepts
 * them has an owner.
 *
 *     owner.lock/PID-NONCE.sock    the lock; a folder with one socket, or empty
 *     owner.sock                   link to that socket
 *
 * Taking it cannot race: the contender listens on a socket in a folder of its own first and renames that folder to
 * `owner.lock`, which the kernel refuses while `owner.lock` has a file in it. A dead socket is removed by its own unique name,
 * so that nobody can remove another's by mistake.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QuorumError } from '../errors.ts'

export interface FolderLock {
  readonly server: Server
  /** Lets the next owner in, then stops listening. */
  release(): Promise<void>
}

export type FolderClaim =
  | { readonly as: 'owner'; readonly lock: FolderLock }
  | { readonly as: 'client'; readonly pid: number; readonly socket: Socket }

/** sun_path holds 108 bytes on Linux and 104 elsewhere, the final zero included. */
const longestSocketPath = 100
const attempts = 100

/**
 * Becomes the owner if there is none and `mayOwn`, else a client of the one there is; undefined if there is none and it may
 * not. `onConnection` serves other processes from the moment the folder is held.
 */
export async function claimFolder(
  dataDir: string,
  options: { mayOwn: boolean; onConnection: (socket: Socket) => void },
): Promise<FolderClaim | undefined> {
  const lockDir = join(dataDir, 'owner.lock')
  for (let attempt = 0; attempt < attempts; attempt++) {
    const client = await connectToOwner(dataDir, lockDir)
    if (client) return client
    if (!options.mayOwn) return undefined
    const lock = await tryToOwn(dataDir, lockDir, options.onConnection)
    if (lock) return { as: 'owner', lock }
  }
  throw new QuorumError('CONFLICT', {
    reason: `The data folder ${dataDir} changed its owner ${attempts} times in a row; try again.`,
  })
}

async function connectToOwner(dataDir: string, lockDir: string): Promise<FolderClaim | undefined> {
  for (const name of await readdir(lockDir).catch(ignoreMissing([]))) {
    const pid = Number.parseInt(name, 10)
    try {
      return { as: 'client', pid, socket: await connectShort(lockDir, name) }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ECONNREFUSED') await unlink(join(lockDir, name)).catch(ignoreMissing(undefined))
      else if (code === 'EACCES') throw unwritable(dataDir, error)
      else if (code !== 'ENOENT') {
        // A full backlog: it is held, and nobody takes connections.
        throw new QuorumError('FOLDER_BUSY', { path: dataDir, pid }, { cause: error })
      }
    }
  }
  return undefined
}

async function tryToOwn(
  dataDir: string,
  lockDir: string,
  onConnection: (socket: Socket) => void,
): Promise<FolderLock | undefined> {
  const nonce = randomBytes(4).toString('hex')
  const name = `${process.pid}-${nonce}.sock`
  const own = join(dataDir, `owner-${nonce}.tmp`)
  const server = createServer(onConnection)
  let made = false
  try {
    await mkdir(own, { recursive: true })
    made = true
    await listenShort(server, own, name)
    await chmod(join(own, name), 0o600)
  } catch (error) {
    server.close()
    // Swept away by whoever holds the folder by now: look again. (Listening in a folder that is gone fails as EACCES.)
    if (made && !existsSync(own)) return undefined
    await rm(own, { recursive: true, force: true }).catch(() => undefined)
    throw unwritable(dataDir, error)
  }
  try {
    await rename(own, lockDir)
  } catch (error) {
    server.close()
    await rm(own, { recursive: true, force: true })
    const code = (error as NodeJS.ErrnoException).code
    // Held by now, or swept away by whoever holds it: look again.
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return undefined
    throw unwritable(dataDir, error)
  }
  const link = join(dataDir, 'owner.sock')
  await rm(link, { force: true })
  await symlink(join('owner.lock', name), link)
  await sweep(dataDir)
  return {
    server,
    release: async () => {
      await rm(link, { force: true })
      await rm(join(lockDir, name), { force: true })
      server.close()
    },
  }
}

/** What contenders that were killed on the way left behind. One that is alive finds its folder gone and starts again. */
async function sweep(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (/^owner-[0-9a-f]{8}\.tmp$/.test(name))
      await rm(join(dataDir, name), { recursive: true, force: true })
  }
}

async function connectShort(folder: string, name: string): Promise<Socket> {
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(path)
        socket.once('error', reject)
        socket.once('connect', () => {
          socket.off('error', reject)
          resolve(socket)
        })
      }),
  )
}

async function listenShort(server: Server, folder: string, name: string): Promise<void> {
  await withShortPath(
    folder,
    name,
    (path) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, () => {
          server.off('error', reject)
          resolve()
        })
      }),
  )
}

/** A socket's path has a small limit of its own; a short link to its folder, needed for the call alone, goes around it. */
async function withShortPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= longestSocketPath) return use(path)
  const temporary = await mkdtemp(join(tmpdir(), 'quorum-'))
  try {
    await symlink(folder, join(temporary, 'd'))
    return await use(join(temporary, 'd', name))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function ignoreMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead
    throw error
  }
}

export function unwritable(path: string, error: unknown): QuorumError {
  const reason = error instanceof Error ? error.message : String(error)
  return new QuorumError('FOLDER_UNWRITABLE', { path, reason }, { cause: error })
}
