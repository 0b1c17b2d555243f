/**
 * Manifest of a partition: what it was computed from, its parts and the state that further rows start from. Manifests are
 * numbered and never change: publishing one is a link that fails where the number is taken, so of two processes that update a
 * partition at once one wins and the other starts over. What no manifest names is left over from a process that was killed.
 */
import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { QuorumError } from '../../core/errors.ts'
import { writeFileAtomic } from '../../core/files.ts'

const count = z.int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
// JSON has no infinities or NaN: a symbol without rows has no newest moment.
const moment = z.number().nullable()
const file = { file: z.string(), bytes: count, sha256: hash }

const schema = z.strictObject({
  format: z.literal(1),
  generation: count,
  /** Version of the code that computed it: another may give other bits. */
  engine: z.string(),
  set: z.string(),
  fingerprint: hash,
  timeframe: z.string(),
  features: z.array(z.string()),
  /** The symbols, one unless the set looks across them, with the bars that went in. */
  members: z.array(
    z.strictObject({
      symbol: z.string(),
      group: z.int(),
      rows: count,
      newest: moment,
      bars: hash,
    }),
  ),
  parts: z.array(z.strictObject({ ...file, rows: count, first: z.number(), last: z.number() })),
  state: z.strictObject(file),
})

export type PartitionManifest = z.infer<typeof schema>
export type StoredPart = PartitionManifest['parts'][number]
export type StoredFile = PartitionManifest['state']

const manifestName = (generation: number): string =>
  `${String(generation).padStart(8, '0')}.manifest.json`

/** Name of a new file of a generation; its leading number says when it may be removed. */
export function fileOfGeneration(generation: number, ending: string): string {
  return `${String(generation).padStart(8, '0')}-${randomUUID()}.${ending}`
}

/** The newest manifest of a folder, undefined where there is none. @throws INTEGRITY where it cannot be understood. */
export async function readManifest(folder: string): Promise<PartitionManifest | undefined> {
  for (;;) {
    const newest = (await names(folder)).filter(isManifest).sort().at(-1)
    if (newest === undefined) return undefined
    const path = join(folder, newest)
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      // Superseded and removed since the folder was listed.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) continue
    const parsed = schema.safeParse(parseJson(text))
    if (!parsed.success) {
      const reason = 'it is no manifest of stored features; delete its folder and compute again'
      throw new QuorumError('INTEGRITY', { subject: path, reason })
    }
    return parsed.data
  }
}

/** Publishes a manifest under its generation; false where another process was first. Then removes what is superseded. */
export async function publishManifest(
  folder: string,
  manifest: PartitionManifest,
): Promise<boolean> {
  const { generation } = manifest
  const draft = join(folder, fileOfGeneration(generation, 'draft'))
  await writeFileAtomic(draft, JSON.stringify(manifest))
  try {
    await link(draft, join(folder, manifestName(generation)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  // Another may have published and cleared away the generation in between; then this one came too late.
  const newest = await readManifest(folder)
  if (newest?.generation !== generation) return false
  await removeSuperseded(folder, manifest)
  return true
}

/**
 * The manifest before stays, so that its number cannot be taken a second time by a process that was slow; files that a process
 * wrote for this generation and lost the race with stay until the next, as it may still be writing.
 */
async function removeSuperseded(folder: string, manifest: PartitionManifest): Promise<void> {
  const { generation, parts, state } = manifest
  const named = new Set([...parts, state].map((one) => one.file))
  for (const name of await names(folder)) {
    const number = Number.parseInt(name.slice(0, 8), 10)
    const isOld = isManifest(name) ? number < generation - 1 : number < generation
    if (isOld && !named.has(name)) await rm(join(folder, name), { force: true })
  }
}

function isManifest(name: string): boolean {
  return name.endsWith('.manifest.json')
}

async function names(folder: string): Promise<string[]> {
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
