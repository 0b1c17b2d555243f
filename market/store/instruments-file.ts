/** `instruments.json`: the instruments of a store, one file, replaced whole. */
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { instrumentSchema, type Instrument } from '../instrument.ts'

const fileSchema = z.strictObject({ instruments: z.array(instrumentSchema) })

/** A lock this old belongs to a writer that died with a pid that lives again; writing takes milliseconds. */
const staleLockMs = 30_000
const lockWaitMs = 10_000
const lockPollMs = 20

export interface InstrumentsFile {
  /** Ascending by symbol. */
  list(): Promise<readonly Instrument[]>
  /** @throws UNKNOWN_NAME */
  get(symbol: string): Promise<Instrument>
  /** Applies `change` to the newest entry of a symbol and keeps its answer. */
  update(symbol: string, change: (known: Instrument | undefined) => Instrument): Promise<void>
}

export function openInstrumentsFile(folder: string, clock: Clock): InstrumentsFile {
  const path = join(folder, 'instruments.json')
  let queue = Promise.resolve()
  /** The file as last parsed, by its identity: it is only ever replaced by a rename. */
  let parsed:
    { readonly identity: string; readonly instruments: Promise<readonly Instrument[]> } | undefined

  const identify = async (): Promise<string> => {
    const { ino, mtimeMs, size } = await stat(path)
    return `${ino} ${mtimeMs} ${size}`
  }

  const list = async (): Promise<readonly Instrument[]> => {
    try {
      const identity = await identify()
      // A promise, so that a thousand who ask at once wait for one reading.
      if (parsed?.identity !== identity) {
        const instruments = readFile(path, 'utf8').then((text) => parse(path, text))
        parsed = { identity, instruments }
      }
      return await parsed.instruments
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  const change = async (
    symbol: string,
    next: (known: Instrument | undefined) => Instrument,
  ): Promise<void> => {
    const before = (await list()).find((one) => one.symbol === symbol)
    if (before && isDeepStrictEqual(next(before), before)) return
    await mkdir(folder, { recursive: true })
    await withLock(`${path}.lock`, clock, async () => {
      const all = await list()
      const known = all.find((one) => one.symbol === symbol)
      const entry = next(known)
      if (isDeepStrictEqual(entry, known)) return
      const instruments = [...all.filter((one) => one.symbol !== symbol), entry].sort((a, b) =>
        a.symbol < b.symbol ? -1 : 1,
      )
      await writeFileAtomic(path, `${JSON.stringify({ instruments }, undefined, 2)}\n`)
      // Nobody else writes while the lock is held.
      parsed = { identity: await identify(), instruments: Promise.resolve(instruments) }
    })
  }

  return {
    list,
    get: async (symbol) => {
      const all = await list()
      const found = all.find((one) => one.symbol === symbol)
      if (!found)
        throw unknownName(
          'symbol',
          symbol,
          all.map((one) => one.symbol),
        )
      return found
    },
    update: (symbol, next) => {
      const done = queue.then(() => change(symbol, next))
      queue = done.catch(() => undefined)
      return done
    },
  }
}

function parse(path: string, text: string): readonly Instrument[] {
  try {
    return fileSchema.parse(JSON.parse(text)).instruments as readonly Instrument[]
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new QuorumError('INTEGRITY', { subject: path, reason }, { cause })
  }
}

async function withLock(path: string, clock: Clock, use: () => Promise<void>): Promise<void> {
  for (let waited = 0; ; waited += lockPollMs) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (await isStale(path, clock)) await rm(path, { force: true })
      else if (waited >= lockWaitMs) {
        throw new QuorumError('CONFLICT', { reason: `${path} is held by another process` })
      } else await clock.sleep(lockPollMs)
    }
  }
  try {
    await use()
  } finally {
    await rm(path, { force: true })
  }
}

async function isStale(path: string, clock: Clock): Promise<boolean> {
  try {
    const pid = Number(await readFile(path, 'utf8'))
    if (pid > 0 && !isAlive(pid)) return true
    return clock.now() - (await stat(path)).mtimeMs > staleLockMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
