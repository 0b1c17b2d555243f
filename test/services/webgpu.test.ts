/**
 * The WebGPU provider for real, in training and in prediction, on whatever Vulkan device there is; by default on the software one that Debian's
 * Chromium brings. Without a device every test here fails: install `chromium` and `libvulkan1`.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Device, Manifest } from '../../models/index.ts'
import { resolveDevice, whyMissing } from '../../models/runtime/devices.ts'
import { probeRuntimes } from '../../models/runtime/probe.ts'
import { ensureSymbols, runInline, type TrainResult } from '../../pipelines/index.ts'
import {
  fitQuickly,
  greatestDifference,
  networkData,
  networkRows,
  quickNetworks,
} from '../support/networks.ts'
import { testPlatform } from '../support/platform.ts'

// The Vulkan loader reads it when the first session opens.
process.env['VK_ICD_FILENAMES'] ??= '/usr/lib/chromium/vk_swiftshader_icd.json'

// Every width compiles kernels of its own, which is what takes the time here.
const networks = await quickNetworks({ window: 3, layers: 1, maxEpochs: 2 })

beforeAll(async () => {
  expect(await whyMissing('webgpu'), 'install chromium and libvulkan1').toBeUndefined()
})

it('is listed by the probe, agrees with the reference, and is never chosen by itself', async () => {
  const report = (await probeRuntimes()).find((one) => one.device === 'webgpu')
  expect(report).toMatchObject({ runtime: 'onnx', available: true, agrees: true })
  expect(await resolveDevice('auto')).not.toBe('webgpu')
  expect(await resolveDevice('webgpu')).toBe('webgpu')
})

it('trains in a worker on the device of the configuration, which leaves no trace in the manifest', async () => {
  const host = await testPlatform()
  await ensureSymbols(host.platform, ['SPX'])
  const { platform } = host
  const train = async (device: Device): Promise<Manifest> => {
    const config = { ...platform.config, training: { ...platform.config.training, device } }
    const recipe = {
      ...{ model: 'm', kind: 'mlp', params: { hidden: 8, layers: 1, maxEpochs: 1 } },
      ...{ symbols: ['SPX'], window: { from: '2005-01-01', to: '2006-12-31' } },
    }
    const options = { signal: new AbortController().signal, model: 'm' }
    const payload = { recipe, author: 'test' }
    const result = await runInline({ ...platform, config }, 'train', payload, options)
    return platform.artifacts.manifest((result as TrainResult).artifact)
  }
  const [onCpu, onWebGpu] = [await train('cpu'), await train('webgpu')]
  expect(onWebGpu.files['model.onnx']).not.toBe(onCpu.files['model.onnx'])
  expect(onWebGpu.metrics['ic']).toBeCloseTo(onCpu.metrics['ic']!, 3)
  const rest = ({ files: _, metrics: __, ...others }: Manifest): unknown => others
  expect(rest(onWebGpu)).toMatchObject({
    ...(rest(onCpu) as object),
    hitRate: expect.anything() as unknown,
  })
  await host.close()
})

describe.each(networks.map((one) => [one.kind.name, one] as const))('%s', (_, network) => {
  const { kind, params, files } = network

  it('learns what it learns on the CPU, loss by loss', async () => {
    const [onCpu, onWebGpu] = [
      await fitQuickly(kind, params),
      await fitQuickly(kind, params, 'webgpu'),
    ]
    expect(onWebGpu.losses).toHaveLength(4)
    onWebGpu.losses.forEach((loss, i) =>
      expect(Math.abs(loss / onCpu.losses[i]! - 1)).toBeLessThan(1e-4),
    )
    // It really was the other device: its roundings are others.
    expect(onWebGpu.losses).not.toEqual(onCpu.losses)
  })

  it('predicts what the reference predicts', async () => {
    const samples = networkRows.after.subarray(0, 65)
    const [model, reference] = [
      await kind.load(files, { device: 'webgpu' }),
      await kind.load(files, { runtime: 'reference' }),
    ]
    const [actual, expected] = [
      await model.predict(networkData, samples),
      await reference.predict(networkData, samples),
    ]
    for (const name of reference.outputs)
      expect(greatestDifference(actual[name]!, expected[name]!), name).toBeLessThan(1e-4)
    await model.dispose()
    await reference.dispose()
  })
})
