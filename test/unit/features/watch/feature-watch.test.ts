import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import { loadConfig, type Config } from '../../../../core/config/index.ts'
import type { Log } from '../../../../core/log.ts'
import { defaultDriftLimits, describeReference } from '../../../../features/watch/index.ts'
import { encodeReference } from '../../../../models/artifacts/reference.ts'
import type { ArtifactStore, LoadedEnsemble, Signal } from '../../../../models/index.ts'
import type { Version } from '../../../../registry/index.ts'
import { FeatureWatch, type WatchedSignal } from '../../../../serving/predict/feature-watch.ts'

const rng = createRng(8)
const features = ['a', 'b']
const X = Float32Array.from({ length: 4_000 }, () => rng.normal())
const rows = Int32Array.from({ length: 2_000 }, (_, k) => k)
const stored = encodeReference(describeReference({ rows: 2_000, features, X }, rows, createRng(1)))

const { drift: defaults } = (await loadConfig({ env: {}, cwd: tmpdir() })).config.features
const version = { model: 'm', version: 2 } as Version
const ensemble = {
  members: [{ artifact: 'x', manifest: { featureSet: { name: 'base' } } }],
} as unknown as LoadedEnsemble

function open(
  files: Readonly<Record<string, Uint8Array>> = stored,
  drift: Partial<Config['features']['drift']> = {},
) {
  const config = { features: { log: 'none', drift: { ...defaults, ...drift } } } as const
  const told: Record<string, unknown>[] = []
  const tell = (facts: Record<string, unknown>): void => void told.push(facts)
  const artifacts = { files: () => Promise.resolve(files) } as unknown as ArtifactStore
  const log = { info: tell, warn: tell } as unknown as Log
  const watch = new FeatureWatch({ artifacts, config, log })
  const serve = async (time: number, a: number, b: number): Promise<WatchedSignal> => {
    const signal = { symbol: 'S', time } as Signal
    const latest = {
      ...{ matrix: { rows: 1, features, X: Float32Array.of(a, b) }, reasons: [undefined] },
      ...{ samples: Int32Array.of(0), time: Float64Array.of(time) },
    }
    const [seen] = await watch.observe(version, ensemble, [signal], new Map([['base', latest]]))
    return seen!
  }
  return { watch, told, serve }
}

describe('the watch of served features', () => {
  it('marks a far vector and leaves a near one unmarked', async () => {
    const { serve } = open()
    const near = await serve(1, 0, 0)
    expect(near.dissimilarity).toBeLessThan(0.2)
    expect(near).not.toHaveProperty('outOfDistribution')
    const far = await serve(2, 40, 0)
    expect(far.dissimilarity).toBeGreaterThan(5)
    expect(far.outOfDistribution).toBe(true)
  })

  it('leaves the signals of an artifact without a reference as they are', async () => {
    const { serve, watch } = open({})
    expect(await serve(1, 40, 0)).toEqual({ symbol: 'S', time: 1 })
    expect(await watch.drift()).toEqual([])
  })

  it('tells the drifted feature once, and counts a bar once', async () => {
    const { serve, told, watch } = open()
    for (let k = 0; k < 600; k++) await serve(7, 3, 0)
    expect(await watch.drift()).toEqual([{ model: 'm', version: 2, set: 'base', features: [] }])
    for (let k = 0; k < 520; k++) await serve(10 + k, rng.normal() + 1, rng.normal())
    expect(told).toMatchObject([{ model: 'm', feature: 'a', before: 'ok', state: 'alert' }])
    const [drift] = await watch.drift()
    expect(drift!.features.map(({ state }) => state)).toEqual(['alert', 'ok'])
  })

  it('judges by the limits and the rows of the configuration', async () => {
    const shifted = async (drift: Partial<typeof defaults>): Promise<string[] | undefined> => {
      const { serve, watch } = open(stored, drift)
      const own = createRng(3)
      for (let k = 0; k < 100; k++) await serve(k, own.normal() + 1, own.normal())
      const [{ features: measured } = { features: [] }] = await watch.drift()
      return measured.map(({ state }) => state)
    }
    expect(await shifted({})).toEqual([])
    const few = { windowRows: 100, psiWatch: 0.5 }
    expect(await shifted({ ...few, psiAlert: 0.6 })).toEqual(['alert', 'ok'])
    expect(await shifted({ ...few, psiAlert: 9 })).toEqual(['watch', 'ok'])
    expect(await shifted({ windowRows: 100, psiWatch: 9, psiAlert: 9, ksLevel: 1e-30 })).toEqual([
      'ok',
      'ok',
    ])
  })

  it('has the limits of the library where the configuration says nothing', () => {
    expect(defaults).toEqual({ ...defaultDriftLimits, windowRows: 500 })
  })
})
