/** Users' feature sets: YAML files in `features/` of the data folder, read when the platform opens. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { QuorumError } from '../../core/errors.ts'
import { makeFolder, writeFileAtomic } from '../../core/files.ts'
import type { Log } from '../../core/log.ts'
import { parseFeatureSet, registerFeatureSet, type FeatureSet } from '../../features/index.ts'

const folderOf = (dataDir: string): string => join(dataDir, 'features')

/** A set that cannot be read any more is left out with a warning: only models that use it are refused. */
export async function loadUserSets(dataDir: string, log: Log): Promise<void> {
  const files = await readdir(folderOf(dataDir)).catch(() => [])
  for (const file of files.filter((name) => name.endsWith('.yaml')).sort()) {
    const path = join(folderOf(dataDir), file)
    try {
      registerFeatureSet(await readFeatureSet(path))
    } catch (error) {
      log.warn({ path, reason: (error as Error).message }, 'feature set left out')
    }
  }
}

/** @throws FILE_NOT_FOUND, INVALID_FEATURE_SET */
export async function readFeatureSet(path: string): Promise<FeatureSet> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new QuorumError('FILE_NOT_FOUND', { path }, { cause })
  })
  return parseFeatureSet(text, basename(path))
}

/** Checks a set and keeps it in the data folder under its name; models are trained with it from then on. */
export async function addUserSet(dataDir: string, path: string): Promise<FeatureSet> {
  const set = await readFeatureSet(path)
  await makeFolder(folderOf(dataDir))
  await writeFileAtomic(join(folderOf(dataDir), `${set.name}.yaml`), await readFile(path))
  registerFeatureSet(set)
  return set
}
