/** Files that appear whole or not at all: write to a temporary name, fsync, rename, fsync the folder. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's root folder, from the sources and from `dist/` alike; assets that are not compiled lie below it. */
export const packageRoot: string = findRoot()

function findRoot(): string {
  const here = dirname(dirname(fileURLToPath(import.meta.url)))
  return here.endsWith('dist') ? dirname(here) : here
}

export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Fills a folder under a temporary name and renames it into place; an equal folder already there wins. */
export async function writeFolderAtomic(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  await mkdir(temporary, { recursive: true })
  try {
    for (const [name, data] of Object.entries(files))
      await writeFileAtomic(join(temporary, name), data)
    await rename(temporary, path).catch((error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  await syncFolder(dirname(path))
}

/** Creates a folder and what is missing above it. Node's own recursive form never ends where the system refuses with ENOENT. */
export async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory())
        throw error
    })
  await make().catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await make()
  })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
