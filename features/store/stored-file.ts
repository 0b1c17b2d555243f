/** A file of a partition with its size and sha256, so that one that was cut short or changed is not taken for features. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredFile } from './partition-manifest.ts'

export async function describeFile(folder: string, file: string): Promise<StoredFile> {
  const path = join(folder, file)
  return { file, bytes: (await stat(path)).size, sha256: await hashFile(path) }
}

/** Whether a file is there with the size it was written with: a look at the folder, not at its bytes. */
export async function isPresent(folder: string, { file, bytes }: StoredFile): Promise<boolean> {
  const found = await stat(join(folder, file)).catch(() => undefined)
  return found?.size === bytes
}

/** Whether a file holds the bytes it was written with. */
export async function isIntact(folder: string, one: StoredFile): Promise<boolean> {
  return (await isPresent(folder, one)) && (await hashFile(join(folder, one.file))) === one.sha256
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
