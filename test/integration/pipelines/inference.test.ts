/** The runtime that the configuration names is the one that predicts: on the server, for a file, in a session. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { InferenceOptions } from '../../../models/index.ts'
import {
  createExperiment,
  ensureSymbols,
  predictFile,
  runInline,
  type Platform,
} from '../../../pipelines/index.ts'
import type { Version } from '../../../registry/index.ts'
import { Predictor } from '../../../serving/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let version: Version

beforeAll(async () => {
  host = await testPlatform()
  await ensureSymbols(host.platform, ['SPX'])
  const recipe = {
    ...{ model: 'm', kind: 'lstm', symbols: ['SPX'] },
    params: { window: 4, hidden: 8, maxEpochs: 3, learningRate: 0.01 },
    window: { from: '2005-01-01', to: '2008-12-31' },
  }
  for (let k = 0; k < 2; k++)
    await runInline(
      host.platform,
      'train',
      { recipe, author: 'test' },
      { signal: new AbortController().signal, model: 'm' },
    )
  version = await host.platform.registry.models.resolve('m')
})
afterAll(() => host.close())

function platformWith(options: InferenceOptions): Platform {
  const { platform } = host
  const inference = { ...platform.config.inference, ...options }
  return {
    ...platform,
    config: { ...platform.config, inference },
    execution: { ...platform.execution, inference },
  }
}

/** A backend that is never installed here: whoever asks for it says so. */
const absent = platformWith.bind(undefined, { runtime: 'tfjs', tfjsBackend: 'tensorflow' })
const refusal = { code: 'INVALID_VALUE', message: expect.stringMatching(/tfjs-node-gpu/) as string }

it('serves by symbol and by tensor with the runtime of the configuration', async () => {
  const predictions = new Map<string, { signal: number; tensor: number }>()
  for (const options of [
    { runtime: 'onnx' },
    { runtime: 'tfjs' },
    { runtime: 'reference' },
  ] as const) {
    const predictor = new Predictor(platformWith(options))
    const { window, features } = await predictor.shape(version)
    const [one] = await predictor.bySymbol(version, ['SPX'])
    const X = Float32Array.from({ length: window * features.length }, (_, i) => Math.sin(i))
    const { prediction } = await predictor.byTensor(version, X, 1)
    predictions.set(options.runtime, { signal: one!.votes[0]!.prediction!, tensor: prediction[0]! })
    await predictor.dispose()
  }
  const expected = predictions.get('reference')!
  for (const { signal, tensor } of predictions.values()) {
    expect(Math.abs(signal - expected.signal)).toBeLessThan(1e-6)
    expect(Math.abs(tensor - expected.tensor)).toBeLessThan(1e-6)
  }
  const predictor = new Predictor(absent())
  await expect(predictor.bySymbol(version, ['SPX'])).rejects.toMatchObject(refusal)
  await expect(predictor.shape(version)).rejects.toMatchObject(refusal)
  await predictor.dispose()
})

it('predicts the rows of a file with it', async () => {
  const manifest = await host.platform.artifacts.manifest(version.artifact)
  const { features } = (manifest as { input: { features: string[] } }).input
  const file = join(host.platform.dataDir, 'rows.csv')
  const row = (k: number): string => features.map((_, i) => Math.sin(k + i)).join()
  const rows = Array.from({ length: 6 }, (_, k) => row(k))
  await writeFile(file, `${[features.join(), ...rows].join('\n')}\n`)
  const run = (platform: Platform): ReturnType<typeof predictFile> =>
    predictFile(platform, version, file, () => undefined)
  const [onnx, tfjs] = [await run(host.platform), await run(platformWith({ runtime: 'tfjs' }))]
  expect(onnx.prediction).toHaveLength(3)
  onnx.prediction.forEach((value, i) => expect(tfjs.prediction[i]).toBeCloseTo(value, 6))
  await expect(run(absent())).rejects.toMatchObject(refusal)
})

it('trades with it', async () => {
  const request = {
    ...{ model: 'm', champion: 1, challenger: 2 },
    source: { type: 'replay', from: '2010-02-01', to: '2010-03-31' },
  } as const
  const session = await createExperiment(platformWith({ runtime: 'tfjs' }), request, 'inline')
  expect((await session.advance())!.arms).toBeDefined()
  await session.dispose()
  await expect(createExperiment(absent(), request, 'inline')).rejects.toMatchObject(refusal)
})
