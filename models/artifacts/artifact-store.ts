/**
 * Artifact store: one folder an artifact, named by its id. A folder appears whole (write, fsync, rename) and is never changed;
 * everything read back is checked against the hashes before anyone sees it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { QuorumError } from '../../core/errors.ts'
import { writeFolderAtomic } from '../../core/files.ts'
import { artifactId, manifestFormat, manifestSchema, type Manifest } from './manifest.ts'

export interface ArtifactStore {
  /** Stores manifest and files and answers the id; `manifest.files` is filled in from the bytes. */
  put(
    manifest: Manifest,
    files: Readonly<Record<string, Uint8Array>>,
  ): Promise<{ id: string; manifest: Manifest }>
  /** @throws UNKNOWN_NAME without such an artifact, INTEGRITY where the manifest does not match the id. */
  manifest(id: string): Promise<Manifest>
  /** Every file the manifest lists. @throws INTEGRITY naming the first that is missing or altered. */
  files(id: string): Promise<Record<string, Uint8Array>>
  list(): Promise<string[]>
}

export function openArtifactStore(folder: string): ArtifactStore {
  const readManifest = async (id: string): Promise<Manifest> => {
    if (!/^[0-9a-f]{64}$/.test(id)) throw unknown(id)
    const text = await readFile(join(folder, id, 'manifest.json'), 'utf8').catch(
      (cause: unknown) => {
        throw unknown(id, cause)
      },
    )
    if (sha256(text) !== id) throw damaged(id, 'manifest.json was altered')
    const json = JSON.parse(text) as { format?: unknown }
    const parsed = manifestSchema.safeParse(json)
    if (parsed.success) return parsed.data
    const { format } = json
    if (typeof format === 'number' && format > manifestFormat) {
      const read = `this version reads up to ${manifestFormat}`
      throw damaged(
        id,
        `a newer version made it (manifest format ${format}, ${read}); update Quorum`,
      )
    }
    const issue = parsed.error.issues[0]
    throw damaged(id, `manifest.json at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  return {
    async put(manifest, files) {
      const hashes = Object.fromEntries(
        Object.entries(files).map(([name, data]) => [name, sha256(data)]),
      )
      const complete = { ...manifest, files: hashes }
      const id = artifactId(complete)
      const json = canonicalJson(complete)
      await writeFolderAtomic(join(folder, id), { ...files, 'manifest.json': json })
      return { id, manifest: complete }
    },
    manifest: readManifest,
    async files(id) {
      const manifest = await readManifest(id)
      const entries = Object.entries(manifest.files).map(async ([name, hash]) => {
        const data = await readFile(join(folder, id, name)).catch((cause: unknown) => {
          throw damaged(id, `${name} is missing`, cause)
        })
        if (sha256(data) !== hash) throw damaged(id, `${name} was altered or cut off`)
        return [name, new Uint8Array(data)] as const
      })
      return Object.fromEntries(await Promise.all(entries))
    },
    async list() {
      const names = await readdir(folder).catch(() => [])
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).sort()
    },
  }
}

function unknown(id: string, cause?: unknown): QuorumError {
  return new QuorumError(
    'UNKNOWN_NAME',
    { kind: 'artifact', name: id, known: 'those that `quorum models list` shows' },
    { cause },
  )
}

function damaged(id: string, reason: string, cause?: unknown): QuorumError {
  return new QuorumError('INTEGRITY', { subject: `artifact ${id}`, reason }, { cause })
}
