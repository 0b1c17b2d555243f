/**
 * What a series consists of, as a log of immutable commits beside its parts: `commits/00000001.json` … A part that no commit
 * names does not exist, so a killed writer leaves nothing visible, and one commit makes the parts of all years appear at once.
 * A commit takes its number by a hard link that fails if the number is taken: writers in several processes need no lock.
 *
 * A compaction's commit `replaces` every commit up to a number; those may then be deleted.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { QuorumError } from '../../core/errors.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { syncPath } from './parquet.ts'

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
  replaces: z.number().int().positive().optional(),
  parts: z.array(partSchema),
})

export type Part = Readonly<z.infer<typeof partSchema>>
export type Commit = Readonly<z.infer<typeof commitSchema>>

/** The state of a series: its live parts by year and sequence. */
export interface SeriesState {
  /** Greatest commit number, 0 for an empty series. */
  readonly sequence: number
  /** Greatest number a compaction replaced, 0 without one. */
  readonly replaced: number
  /** Distinct openTimes. */
  readonly rows: number
  readonly parts: readonly Part[]
}

export interface CommitLog {
  state(): Promise<SeriesState>
  /** Publishes with exactly this number; false when another writer took it. */
  publish(commit: Commit): Promise<boolean>
  /** Deletes commits that a compaction replaced. */
  forget(upTo: number): Promise<void>
}

export function openCommitLog(folder: string, symbol: string, timeframe: string): CommitLog {
  const commitsFolder = join(folder, 'commits')
  /** Commits never change, so one read of each is enough. */
  const known = new Map<string, Commit>()

  const readCommit = async (name: string): Promise<Commit> => {
    const path = join(commitsFolder, name)
    const cached = known.get(name)
    if (cached) return cached
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

  const state = async (): Promise<SeriesState> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const names = await commitNames(commitsFolder)
        return fold(await Promise.all(names.map(readCommit)))
      } catch (error) {
        // A compaction deleted a commit between listing and reading: its own commit is there by now.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt >= 8) throw error
      }
    }
  }

  return {
    state,
    publish: async (commit) => {
      await mkdir(commitsFolder, { recursive: true })
      const path = join(commitsFolder, commitName(commit.sequence))
      const draft = join(commitsFolder, `${randomUUID()}.draft`)
      await writeFileAtomic(draft, JSON.stringify(commit))
      try {
        await link(draft, path)
        await syncPath(commitsFolder)
        // The number may be free only because a compaction replaced its commit and deleted it.
        const live = (await state()).replaced < commit.sequence || commit.replaces !== undefined
        if (!live) await rm(path, { force: true })
        return live
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        await rm(draft, { force: true })
      }
    },
    forget: async (upTo) => {
      for (const name of await commitNames(commitsFolder)) {
        if (Number.parseInt(name) > upTo) continue
        known.delete(name)
        await rm(join(commitsFolder, name), { force: true })
      }
    },
  }
}

function fold(commits: readonly Commit[]): SeriesState {
  const base = commits.reduce<Commit | undefined>(
    (best, commit) =>
      commit.replaces !== undefined && commit.replaces >= (best?.replaces ?? 0) ? commit : best,
    undefined,
  )
  const later = commits.filter(
    ({ replaces, sequence }) => replaces === undefined && sequence > (base?.replaces ?? 0),
  )
  const live = base ? [base, ...later] : later
  return {
    sequence: commits.at(-1)?.sequence ?? 0,
    replaced: base?.replaces ?? 0,
    rows: live.reduce((sum, { added }) => sum + added, 0),
    parts: live
      .flatMap((commit) => commit.parts.map((part) => ({ part, sequence: commit.sequence })))
      .sort((a, b) => yearOf(a.part) - yearOf(b.part) || a.sequence - b.sequence)
      .map(({ part }) => part),
  }
}

function yearOf(part: Part): number {
  return Number.parseInt(part.path)
}

function commitName(sequence: number): string {
  return `${String(sequence).padStart(8, '0')}.json`
}

/** Ascending; the empty list where the series does not exist yet. */
async function commitNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => /^\d{8,}\.json$/.test(name)).sort()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
