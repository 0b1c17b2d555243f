/** Exported files on the disk: a single one becomes `out` itself, several become a folder of that name. */
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { QuorumError } from '../core/errors.ts'
import { writeFileAtomic, writeFolderAtomic } from '../core/files.ts'

/**
 * Appears whole or not at all. What is there already stays unless `force`; and a folder is only replaced where it holds nothing but
 * an earlier export, so that no mistyped path loses anything.
 * @throws CONFLICT
 */
export async function writeExport(
  out: string,
  files: Readonly<Record<string, Uint8Array>>,
  { force }: { readonly force: boolean },
): Promise<void> {
  const names = Object.keys(files)
  const single = names.length === 1
  const present = await stat(out).catch(() => undefined)
  if (present !== undefined) {
    if (!force) throw conflict(`${out} is there already. Choose another --out, or give --force.`)
    if (present.isDirectory() === single)
      throw conflict(
        single
          ? `${out} is a folder and the export a file. Name the file in --out.`
          : `${out} is a file and the export a folder. Choose another --out.`,
      )
  }
  if (single) return writeFileAtomic(out, files[names[0]!]!)
  if (present === undefined) return writeFolderAtomic(out, files)
  const foreign = (await readdir(out)).find((name) => !names.includes(name))
  if (foreign !== undefined)
    throw conflict(`${out} also holds ${foreign}, which is no part of an export. Choose another.`)
  const aside = `${out}.${randomUUID()}.old`
  await rename(out, aside)
  try {
    await writeFolderAtomic(out, files)
  } catch (error) {
    await rename(aside, out)
    throw error
  }
  await rm(aside, { recursive: true })
}

function conflict(reason: string): QuorumError {
  return new QuorumError('CONFLICT', { reason })
}
