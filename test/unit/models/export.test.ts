/** Stored models in the forms that other programs read. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exportArtifact } from '../../../models/artifacts/export.ts'
import { openArtifactStore, type ArtifactStore } from '../../../models/artifacts/artifact-store.ts'
import { lstm } from '../../../models/networks/kinds/lstm.ts'
import { splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'
import { ensembleManifest, modelManifest } from '../../support/manifest.ts'

let folder: string
let store: ArtifactStore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-artifacts-'))
  store = openArtifactStore(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('writes a network as the ONNX model that the artifact holds', async () => {
  const dataset = syntheticDataset({ rowsPerSymbol: 40, features: 2, window: 3 })
  const params = lstm.params.parse({ window: 3, hidden: 4, maxEpochs: 1 })
  const fitted = await lstm.fit(dataset, params, fitContext(splitSamples(dataset, 0.8).before))
  const files = fitted.save()
  await fitted.dispose()
  const { id } = await store.put(modelManifest({ kind: 'lstm' }), files)
  expect(await exportArtifact(store, id, 'onnx')).toEqual({ 'model.onnx': files['model.onnx'] })
  await expect(exportArtifact(store, id, 'onxn')).rejects.toMatchObject({
    code: 'UNKNOWN_NAME',
    message: expect.stringMatching(/export format of lstm onxn. Known: onnx/) as string,
  })
  await expect(exportArtifact(store, id, 'toString')).rejects.toMatchObject({
    code: 'UNKNOWN_NAME',
  })
})

it('refuses an ensemble and names its members', async () => {
  const ensemble = ensembleManifest([{ model: 'a', artifact: '0'.repeat(64), weight: 1 }])
  const { id } = await store.put(ensemble, {})
  await expect(exportArtifact(store, id, 'onnx')).rejects.toThrow(
    /single model.*ensemble.*members: a/,
  )
})
