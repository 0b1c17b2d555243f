import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import type { Log } from '../../../../core/log.ts'
import { describeReference } from '../../../../features/watch/index.ts'
import { encodeReference } from '../../../../models/artifacts/reference.ts'
import type { ArtifactStore, LoadedEnsemble, Signal } from '../../../../models/index.ts'
import type { Version } from '../../../../registry/index.ts'
import { FeatureWatch, type WatchedSignal } from '../../../../serving/predict/feature-watch.ts'

const rng = createRng(8)
const features = ['a', 'b']
const X = Float32Array.from({ length: 4_000 }, () => rng.normal())
const rows = Int32Array.from({ length: 2_000 }, (_, k) => k)
const stored = encodeReference(describeReference({ rows: 2_000, features, X }, rows, createRng(1)))

const version = { model: 'm', version: 2 } as Version
const ensemble = {
  members: [{ artifact: 'x', manifest: { featureSet: { name: 'base' } } }],
} as unknown as LoadedEnsemble

function open(files: Readonly<Record<string, Uint8Array>> = stored) {
  const told: Record<string, unknown>[] = []
  const tell = (facts: Record<string, unknown>): void => void told.push(facts)
  const artifacts = { files: () => Promise.resolve(files) } as unknown as ArtifactStore
  const watch = new FeatureWatch({ artifacts, log: { info: tell, warn: tell } as unknown as Log })
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
})
