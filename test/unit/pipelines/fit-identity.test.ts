/** A fit's name changes with everything that decides its course, the code included, and with nothing else. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeFingerprintOf } from '../../../pipelines/train/code-fingerprint.ts'
import { fitIdentity } from '../../../pipelines/train/fit-identity.ts'
import type { FitTask } from '../../../pipelines/train/fit-task.ts'
import { splitSamples, syntheticDataset } from '../../support/dataset.ts'

const dataset = syntheticDataset({ rowsPerSymbol: 60 })
const { before, after } = splitSamples(dataset, 0.7)
const task: FitTask = {
  ...{ kind: 'lstm', params: { hidden: 4, window: 2 }, seed: 1 },
  ...{ dataset, train: before, validation: after, device: 'cpu' },
}

it('is the same for equal tasks, however they are held in memory', () => {
  const copy = {
    ...task,
    params: { window: 2, hidden: 4 },
    train: new Int32Array([0, ...before]).subarray(1),
    dataset: { ...dataset, weight: dataset.weight.slice() },
  }
  expect(fitIdentity('m', copy)).toBe(fitIdentity('m', task))
})

it.each<[string, string, Partial<FitTask>]>([
  ['another model', 'n', {}],
  ['another kind', 'm', { kind: 'gru' }],
  ['other parameters', 'm', { params: { hidden: 5, window: 2 } }],
  ['another seed', 'm', { seed: 2 }],
  ['another device', 'm', { device: 'webgpu' }],
  ['other data', 'm', { dataset: syntheticDataset({ rowsPerSymbol: 60, seed: 2 }) }],
  ['other weights', 'm', { dataset: { ...dataset, weight: dataset.weight.with(3, 2) } }],
  ['other training rows', 'm', { train: before.subarray(1) }],
  ['other validation rows', 'm', { validation: after.subarray(1) }],
])('differs for %s', (_, model, change) => {
  expect(fitIdentity(model, { ...task, ...change })).not.toBe(fitIdentity('m', task))
})

it('covers the compiled code, the kernels and the versions of the packages', async () => {
  const root = await mkdtemp(join(tmpdir(), 'quorum-code-'))
  try {
    const files = {
      'package.json': '{"dependencies":{"onnxruntime-node":"1.30.0"}}',
      'dist/core/rng.js': 'a',
      'dist/features/dataset.js': 'b',
      'dist/models/networks/lstm.js': 'c',
      'dist/pipelines/train/fit-worker.js': 'd',
      'models/trees/kernels.wasm': 'e',
      'features/kernels/kernels.wasm': 'f',
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(root, name, '..'), { recursive: true })
      await writeFile(join(root, name), text)
    }
    const first = codeFingerprintOf(root)
    const seen = new Set([first])
    for (const name of Object.keys(files)) {
      const other = await mkdtemp(join(tmpdir(), 'quorum-code-'))
      await cp(root, other, { recursive: true })
      expect(codeFingerprintOf(other)).toBe(first)
      await writeFile(join(other, name), `${files[name as keyof typeof files]} `)
      seen.add(codeFingerprintOf(other))
      await rm(other, { recursive: true })
    }
    expect(seen.size).toBe(1 + Object.keys(files).length)
    // What does not run in a fit does not count.
    await writeFile(join(root, 'dist/models/networks/lstm.d.ts'), 'types')
    await mkdir(join(root, 'dist/serving'))
    await writeFile(join(root, 'dist/serving/server.js'), 'server')
    expect(codeFingerprintOf(root)).toBe(first)
  } finally {
    await rm(root, { recursive: true })
  }
})
