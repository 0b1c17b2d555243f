/** Artifacts that were altered, cut off or made by a newer version are refused before any runtime sees them. */
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson, sha256 } from '../../../core/canonical-json.ts'
import { openArtifactStore, type ArtifactStore } from '../../../models/artifacts/artifact-store.ts'
import { loadEnsemble } from '../../../models/ensemble/ensemble.ts'
import type { ModelFiles } from '../../../models/kind.ts'
import { findKind } from '../../../models/kinds.ts'
import { fitQuickly, networkData } from '../../support/networks.ts'
import { modelManifest } from '../../support/manifest.ts'

let folder: string
let store: ArtifactStore
let files: ModelFiles
const manifest = modelManifest({
  kind: 'lstm',
  featureSet: { name: 'file', version: 1, fingerprint: '0'.repeat(64) },
  input: { window: 4, features: [...networkData.features] },
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-artifacts-'))
  store = openArtifactStore(folder)
  const kind = findKind('lstm')
  const params = kind.params.parse({ window: 4, hidden: 4, maxEpochs: 1 })
  files = (await fitQuickly(kind, params)).files
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A fresh copy of the artifact, under another label so that it has a folder of its own. */
async function stored(label: string): Promise<{ id: string; path: (name: string) => string }> {
  const { id } = await store.put({ ...manifest, label }, files)
  return { id, path: (name) => join(folder, id, name) }
}

const load = (id: string): Promise<unknown> =>
  loadEnsemble(store, id, { model: 'm', version: 1, artifact: id }, [])

describe('a stored network', () => {
  it('gives back its files and loads', async () => {
    const { id } = await stored('whole')
    expect(await store.files(id)).toEqual(files)
    const ensemble = await loadEnsemble(store, id, { model: 'm', version: 1, artifact: id }, [])
    expect(ensemble.window).toBe(4)
    await ensemble.dispose()
  })

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'one bit changed',
      async (path) => {
        const bytes = await readFile(path)
        bytes[bytes.length >> 1]! ^= 1
        await writeFile(path, bytes)
      },
      /model.onnx was altered or cut off/,
    ],
    ['its end cut off', (path) => truncate(path, 100), /model.onnx was altered or cut off/],
    ['a missing file', (path) => rm(path), /model.onnx is missing/],
  ])('with %s is refused by its hash', async (label, spoil, message) => {
    const { id, path } = await stored(label)
    await spoil(path('model.onnx'))
    const refusal = {
      code: 'INTEGRITY',
      exitCode: 6,
      message: expect.stringMatching(message) as string,
    }
    await expect(store.files(id)).rejects.toMatchObject(refusal)
    await expect(load(id)).rejects.toMatchObject(refusal)
  })

  it('with a changed manifest is refused by its own name', async () => {
    const { id, path } = await stored('manifest')
    const text = await readFile(path('manifest.json'), 'utf8')
    await writeFile(path('manifest.json'), text.replace('"hitRate":0.5', '"hitRate":0.9'))
    await expect(load(id)).rejects.toThrow(/manifest.json was altered/)
  })
})

describe('an artifact of a newer version', () => {
  it('is refused with both formats and the way out', async () => {
    const text = canonicalJson({ ...manifest, format: 2, shape: 'new' })
    const id = sha256(text)
    await mkdir(join(folder, id))
    await writeFile(join(folder, id, 'manifest.json'), text)
    await expect(load(id)).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringMatching(/format 2, .* up to 1\); update Quorum/) as string,
    })
  })

  it('is refused by the format of its model file, whatever the kind', async () => {
    for (const name of ['ridge', 'gbdt', 'lstm']) {
      const json = new TextEncoder().encode('{"format":"quorum-network-99","kind":"lstm"}')
      await expect(findKind(name).load({ ...files, 'model.json': json })).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringMatching(/format "quorum-network-99".*newer/) as string,
      })
    }
  })

  it('is told from one that is only damaged', async () => {
    const { symbols: _, ...rest } = manifest
    const text = canonicalJson(rest)
    const id = sha256(text)
    await mkdir(join(folder, id))
    await writeFile(join(folder, id, 'manifest.json'), text)
    await expect(load(id)).rejects.toThrow(/manifest.json at symbols/)
  })
})
