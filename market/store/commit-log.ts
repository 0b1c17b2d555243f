/**
 * What a series consists of, as a log of immutable commits beside its parts: `commits/00000001.json` … A part that no commit
 * names does not exist, so a killed writer leaves nothing visible, and one commit makes the parts of all years appear at once.
 *
 * A commit takes its number by a hard link that fails where the number is taken: writers in several processes need no lock. A
 * compaction's commit replaces all before it. Those stay for an hour, unread, so that a slow writer that still believes in an
 * earlier state finds its number taken; a writer slower than half of that starts over by itself.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { QuorumError } from '../../core/errors.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { syncPath } from './table-writer.ts'

const partSchema = z.object({
  /** Relative to the series folder: `2020/part-00000001-….parquet`. */
  path: z.string(),
  rows: z.number(),
  /** Least and greatest openTime. */
  first: z.number(),
  last: z.number(),
})

const commitSchema = z.object({
  sequence: z.number().int().positive(),
  symbol: z.string(),
  timeframe: z.string(),
  ingestedAt: z.number(),
  /** Distinct openTimes this commit added to the series; for a compaction all of them. */
  added: z.number(),
  /** Whether this commit replaces all before it. */
  compaction: z.boolean().default(false),
  parts: z.array(partSchema),
})

export type Part = Readonly<z.infer<typeof partSchema>>
export type Commit = Readonly<z.infer<typeof commitSchema>>

/** The state of a series: its live parts by year and sequence. */
export interface SeriesState {
  /** Greatest commit number, 0 for an empty series. */
  readonly sequence: number
  /** Distinct openTimes. */
  readonly rows: number
  readonly parts: readonly Part[]
  /** When this was read. */
  readonly readAt: number
}

export interface CommitLog {
  state(): Promise<SeriesState>
  /**
   * Least openTime that commits after this number brought, new or corrected: Infinity for none, −Infinity where one of them is
   * not to be had any more.
   */
  changedSince(sequence: number): Promise<number>
  /** Publishes the commit after `state`, with the next number; false where another writer took it or the state is old. */
  publish(commit: NewCommit, state: SeriesState): Promise<boolean>
  /** Deletes replaced commits, and drafts of killed writers, that are old enough. */
  forget(): Promise<void>
}

export type NewCommit = Omit<Commit, 'sequence' | 'symbol' | 'timeframe'>

/** How long a number stays taken after it was given, and how long a writer may rely on a state. */
const reservedMs = 3_600_000
const patienceMs = reservedMs / 2

/** Commits read at a time, from the newest back to the last compaction. */
const batch = 32

export function openCommitLog(
  folder: string,
  symbol: string,
  timeframe: string,
  clock: Clock,
): CommitLog {
  const commitsFolder = join(folder, 'commits')
  /** Commits never change, so one read of each is enough. */
  const known = new Map<string, Commit>()

  const readCommit = async (name: string): Promise<Commit> => {
    const cached = known.get(name)
    if (cached) return cached
    const path = join(commitsFolder, name)
    const parsed = commitSchema.safeParse(parseJson(await readFile(path, 'utf8')))
    if (!parsed.success) {
      throw new QuorumError('INTEGRITY', { subject: path, reason: 'it is no commit of this store' })
    }
    // Two symbols that differ only in case share a folder on some file systems.
    if (parsed.data.symbol !== symbol || parsed.data.timeframe !== timeframe) {
      throw new QuorumError('INTEGRITY', {
        subject: path,
        reason: `it belongs to ${parsed.data.symbol} ${parsed.data.timeframe}, not to ${symbol} ${timeframe}`,
      })
    }
    known.set(name, parsed.data)
    return parsed.data
  }

  /** Newest first, down to the last compaction. */
  const liveCommits = async (): Promise<Commit[]> => {
    const names = (await list(commitsFolder)).filter(isCommit).sort().reverse()
    const live: Commit[] = []
    for (let at = 0; at < names.length; at += batch) {
      const some = await Promise.all(names.slice(at, at + batch).map(readCommit))
      const base = some.findIndex(({ compaction }) => compaction)
      live.push(...(base < 0 ? some : some.slice(0, base + 1)))
      if (base >= 0) break
    }
    return live
  }

  return {
    state: async () => {
      const readAt = clock.now()
      return fold(await liveCommits(), readAt)
    },
    changedSince: async (sequence) => {
      const { sequence: newest } = fold(await liveCommits(), clock.now())
      if (sequence > newest) return -Infinity
      let least = Infinity
      for (let number = sequence + 1; number <= newest; number++) {
        const commit = await readCommit(commitName(number)).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
          throw error
        })
        if (commit === undefined) return -Infinity
        // A compaction brings no bar; those that it replaced are read from their own commits.
        if (!commit.compaction) least = Math.min(least, ...commit.parts.map(({ first }) => first))
      }
      return least
    },
    publish: async (given, { sequence: last, readAt }) => {
      await mkdir(commitsFolder, { recursive: true })
      const commit = { sequence: last + 1, symbol, timeframe, ...given }
      const draft = join(commitsFolder, `${randomUUID()}.draft`)
      await writeFileAtomic(draft, JSON.stringify(commit))
      try {
        if (clock.now() - readAt > patienceMs) return false
        await link(draft, join(commitsFolder, commitName(commit.sequence)))
        await syncPath(commitsFolder)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        await rm(draft, { force: true })
      }
    },
    forget: async () => {
      const oldest = (await liveCommits()).at(-1)
      for (const name of await list(commitsFolder)) {
        if (isCommit(name) && !(oldest && name < commitName(oldest.sequence))) continue
        if ((await ageOf(join(commitsFolder, name), clock)) <= reservedMs) continue
        known.delete(name)
        await rm(join(commitsFolder, name), { force: true })
      }
    },
  }
}

function fold(newestFirst: readonly Commit[], readAt: number): SeriesState {
  return {
    sequence: newestFirst[0]?.sequence ?? 0,
    rows: newestFirst.reduce((sum, { added }) => sum + added, 0),
    parts: newestFirst
      .flatMap(({ parts, sequence }) => parts.map((part) => ({ part, sequence })))
      .sort((a, b) => yearOf(a.part) - yearOf(b.part) || a.sequence - b.sequence)
      .map(({ part }) => part),
    readAt,
  }
}

/** Milliseconds since a file was written; −1 where it has gone. */
export async function ageOf(path: string, clock: Clock): Promise<number> {
  try {
    return clock.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return -1
    throw error
  }
}

function yearOf(part: Part): number {
  return Number.parseInt(part.path)
}

function commitName(sequence: number): string {
  return `${String(sequence).padStart(8, '0')}.json`
}

function isCommit(name: string): boolean {
  return /^\d{8,}\.json$/.test(name)
}

/** The empty list where the series does not exist yet. */
async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
