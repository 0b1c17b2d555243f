/** Threads and interruptions change no byte of a model. Helpers run the compiled code under dist/. */
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/dataset.ts'
import type { GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { gbdt } from '../../../models/trees/gbdt.ts'
import { createWait } from '../../../models/trees/growth/control.ts'
import { learn, type Learned } from '../../../models/trees/learner.ts'
import { absoluteError } from '../../../models/trees/objectives/regression.ts'
import { syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'
import { learnTask } from '../../support/trees.ts'

const { signal } = new AbortController()
/** Enough cells for every thread, and columns for eight of them. */
const dataset = syntheticDataset({ rowsPerSymbol: 6_400, features: 70, missing: 0.05, horizon: 1 })
const X = Array.from(dataset.samples, (row) => [...dataset.X.subarray(70 * row, 70 * row + 70)])
const y = Array.from(dataset.samples, (row) => dataset.y[row]!)

async function learned(params: Partial<GbdtParams>, threads: number): Promise<Learned> {
  const labels =
    params.objective === 'multi:softprob' ? y.map((v) => (v < -1 ? 0 : v < 1 ? 1 : 2)) : y
  const task = learnTask({
    X,
    y: labels,
    params: { n_estimators: 4, max_depth: 5, min_child_weight: 1, ...params },
    validation: 1_000,
    threads,
  })
  return learn(task, { signal, onProgress: () => undefined })
}

describe('1, 2 and 8 threads', () => {
  it.each<[string, Partial<GbdtParams>]>([
    ['drawn rows and features', { subsample: 0.6, colsample_bynode: 0.5 }],
    ['every row', { subsample: 1 }],
    [
      'leaf-wise, monotone, with an L1 penalty',
      {
        grow_policy: 'lossguide',
        max_leaves: 12,
        reg_alpha: 0.5,
        monotone_constraints: { f0: 1 },
      },
    ],
    ['medians', { objective: 'reg:absoluteerror' }],
    ['classes', { objective: 'multi:softprob', num_class: 3 }],
  ])('learn the same: %s', async (_, params) => {
    const one = await learned(params, 1)
    expect(one.trees.length).toBeGreaterThan(2)
    expect(await learned(params, 2)).toEqual(one)
    expect(await learned(params, 8)).toEqual(one)
  })
})

it('learns the same whatever fit left its memory before', async () => {
  const fit = (threads: number): Promise<Learned> => learned({ subsample: 0.7 }, threads)
  const fresh = await fit(2)
  await learned({ objective: 'multi:softprob', num_class: 3, grow_policy: 'lossguide' }, 3)
  expect(await fit(2)).toEqual(fresh)
  expect(await fit(1)).toEqual(fresh)
})

it('keeps a loss of one’s own in the calling thread, whatever loss the parameters name', async () => {
  const fit = (threads: number): Promise<Learned> =>
    learn(learnTask({ X, y, threads, params: { n_estimators: 3, subsample: 1 } }), {
      signal,
      onProgress: () => undefined,
      objective: { ...absoluteError, name: 'own' },
    })
  const one = await fit(1)
  expect(await fit(3)).toEqual(one)
})

it('ends when it is cancelled while its helpers still start', async () => {
  const controller = new AbortController()
  const fit = learn(learnTask({ X, y, threads: 4 }), {
    signal: controller.signal,
    onProgress: () => undefined,
  })
  controller.abort()
  await expect(fit).rejects.toMatchObject({ code: 'CANCELLED' })
})

describe('a large fit in the main thread', () => {
  const inSharedMemory = (seed: number): Dataset => {
    const data = syntheticDataset({ rowsPerSymbol: 16_000, features: 70, seed })
    const X = new Float32Array(new SharedArrayBuffer(data.X.byteLength))
    X.set(data.X)
    return { ...data, X }
  }
  const large = inSharedMemory(1)
  const params = gbdt.params.parse({ n_estimators: 30, max_depth: 6 })

  it('leaves the event loop free, reports, and can be cancelled within a second', async () => {
    const controller = new AbortController()
    let longest = 0
    let last = performance.now()
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 5)
    let abortedAt = 0
    const context = fitContext(large.samples, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 3) {
          abortedAt = performance.now()
          controller.abort()
        }
        return undefined
      },
    })
    await expect(gbdt.fit(large, params, context)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(performance.now() - abortedAt).toBeLessThan(1_000)
    clearInterval(beat)
    // A round takes longer; what blocks here is making the task ready.
    expect(longest).toBeLessThan(1_000)
  })

  it('ends the threads that it started before it found a fault in the data', async () => {
    const X = large.X.slice()
    X[70 * 9 + 3] = -Infinity
    const context = { ...fitContext(large.samples), threads: 2 }
    await expect(gbdt.fit({ ...large, X }, params, context)).rejects.toMatchObject({
      code: 'NOT_FINITE',
      details: { name: `feature ${large.features[3]!}`, row: 9 },
    })
  })

  it.each([
    ['', large],
    [', with threads that had other data before', inSharedMemory(7)],
  ])('gives the bytes of a fit in the calling thread%s', async (_, dataset) => {
    const few = { ...params, n_estimators: 2 }
    const away = await gbdt.fit(dataset, few, { ...fitContext(dataset.samples), threads: 2 })
    const { X: values, y: labels, samples, features } = dataset
    const here = await learn(
      {
        params: few,
        features,
        X: values,
        rows: samples,
        trainRows: samples.length,
        labels: Float64Array.from(samples, (row) => labels[row]!),
        weights: new Float64Array(samples.length).fill(1),
        groups: new Int32Array(samples.length),
        seed: fitContext(samples).rng.stream('fit').uint32(),
        threads: 1,
        margins: undefined,
        identity: '',
      },
      { signal, onProgress: () => undefined },
    )
    const saved = JSON.parse(new TextDecoder().decode(away.save()['model.json'])) as Learned
    expect(saved.trees).toEqual(here.trees)
    expect(saved.base).toEqual(here.base)
  })
})

describe('a wait', () => {
  const word = new Int32Array(new SharedArrayBuffer(4))

  it('ends at once where the word has changed, and says when its time is up', () => {
    const wait = createWait()
    expect(wait(word, 1)).toBe(true)
    const began = performance.now()
    expect(wait(word, 0, 20)).toBe(false)
    expect(performance.now() - began).toBeGreaterThan(18)
  })

  it('looks less long the more often it looked in vain', () => {
    const wait = createWait()
    const seconds = (): number => {
      const began = performance.now()
      wait(word, 0, 0)
      return performance.now() - began
    }
    for (let k = 0; k < 20; k++) seconds()
    expect(Math.min(...Array.from({ length: 20 }, seconds))).toBeLessThan(0.5)
  })
})
