/** Seed ensembles and parallel fits: one run, the same artifacts whatever the number of workers, one failure ends all. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { runInline, type Platform, type TrainResult } from '../../../pipelines/index.ts'
import { planFits, type PlannedFit } from '../../../pipelines/train/plan.ts'
import { parseRecipe, type RunProgress } from '../../../registry/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let platform: Platform
let file: string

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  file = join(platform.dataDir, 'rows.csv')
  const rng = createRng(5)
  const rows = Array.from({ length: 500 }, () => {
    const [a, b] = [rng.normal(), rng.normal()]
    return `${a},${b},7,nan,,${a * 0.5 - b + rng.normal()}`
  })
  await writeFile(file, ['a,b,same,none,text,y', ...rows].join('\n'))
})
afterAll(() => host.close())

const lstm = { window: 4, hidden: 4, maxEpochs: 3 }
const recipe = (model: string, more: object = {}) => ({
  ...{ model, kind: 'lstm', params: lstm, label: 'return:1' },
  dataset: { file, target: 'y', horizon: 1 },
  ...more,
})

interface Options {
  readonly workers?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RunProgress) => void
}

async function train(
  value: { model: string } & Record<string, unknown>,
  {
    workers = 2,
    signal = new AbortController().signal,
    onProgress = () => undefined,
  }: Options = {},
): Promise<TrainResult> {
  const config = { ...platform.config, training: { ...platform.config.training, workers } }
  const payload = { recipe: value, author: 'test' }
  const options = { signal, onProgress, model: value.model }
  return (await runInline({ ...platform, config }, 'train', payload, options)) as TrainResult
}

describe('seeds', () => {
  it('are members of one ensemble with a majority as quorum, each its own model of its own seed', async () => {
    const result = await train(recipe('many', { seeds: 3, seed: 9 }))
    expect(result.members.map((one) => `${one.model}@${one.version}`)).toEqual([
      'many-s1@1',
      'many-s2@1',
      'many-s3@1',
    ])
    const manifest = await platform.artifacts.manifest(result.artifact)
    expect(manifest).toMatchObject({ type: 'ensemble', quorum: 2, seed: 9 })
    expect(new Set(result.members.map((one) => one.artifact)).size).toBe(3)
    const versions = await Promise.all(
      ['many', 'many-s1', 'many-s2'].map((name) => platform.registry.models.resolve(name)),
    )
    expect(new Set(versions.map((one) => one.runId))).toEqual(new Set([result.run]))
    expect(versions[1]!.timing).toMatchObject({ resumedFrom: null })
    expect(versions[1]!.timing!.seconds).toBeGreaterThan(0)
    expect(versions[1]!.timing!.startedAt).toBeGreaterThan(Date.now() - 60_000)
  })

  it('give the same artifacts with one worker, with two, and each trained alone', async () => {
    const [one, two] = [
      await train(recipe('same', { seeds: 3 }), { workers: 1 }),
      await train(recipe('same', { seeds: 3 }), { workers: 2 }),
    ]
    expect(two.artifact).toBe(one.artifact)
    expect(two.members.map((member) => member.artifact)).toEqual(
      one.members.map((member) => member.artifact),
    )
    const { models } = platform.registry
    const alone = await train(await models.newestRecipe('same-s2'))
    expect(alone.artifact).toBe(one.members[1]!.artifact)
    expect((await models.newestRecipe('same')).seeds).toBe(3)
    const fewer = await train(recipe('same', { seeds: 2 }))
    expect(fewer.members.map((member) => member.artifact)).toEqual(
      one.members.slice(0, 2).map((member) => member.artifact),
    )
  })

  it('share one copy of the data, in memory that threads share', async () => {
    const planned = await planFits(platform, parseRecipe(recipe('shared', { seeds: 3 })), {
      note: () => undefined,
    })
    const [{ task }] = planned as [PlannedFit]
    for (const one of planned) {
      expect(one.task.dataset).toBe(task.dataset)
      expect(one.task.train).toBe(task.train)
    }
    const { X, y, weight, time, symbol, labelEnd, group, samples } = task.dataset
    const columns = [X, y, weight, time, symbol, labelEnd, group, samples]
    for (const { buffer } of [...columns, task.train, task.validation])
      expect(buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('of each member of an ensemble work too', async () => {
    const members = [
      { model: 'x.ridge', kind: 'ridge' },
      { model: 'x.lstm', kind: 'lstm', params: lstm },
    ]
    const { kind: _kind, params: _params, ...rest } = recipe('x', { members, seeds: 2 })
    const result = await train(rest)
    expect(result.members.map((one) => one.model)).toEqual([
      'x.ridge-s1',
      'x.ridge-s2',
      'x.lstm-s1',
      'x.lstm-s2',
    ])
    expect(result.notes).toContainEqual(expect.stringMatching(/gave one and the same model/))
  })
})

describe('progress', () => {
  it('of parallel fits is one, and ends with all of them done', async () => {
    const said: RunProgress[] = []
    await train(recipe('seen', { seeds: 2 }), { onProgress: (progress) => said.push(progress) })
    expect(new Set(said.map(({ stage, total, unit }) => `${stage} ${total} ${unit!}`))).toEqual(
      new Set(['seen 2 fits']),
    )
    const dones = said.map(({ done }) => done)
    expect(dones).toEqual(dones.toSorted((a, b) => a - b))
    expect(dones.at(-1)).toBe(2)
    const losses = said.flatMap(({ fits = [] }) => fits.map(({ trainLoss }) => trainLoss))
    expect(losses.length).toBeGreaterThan(0)
    expect(losses.every(Number.isFinite)).toBe(true)
  })
})

describe('a member that fails', () => {
  it('is named with what it failed of, ends the others, and leaves nothing', async () => {
    const before = await platform.artifacts.list()
    const members = [
      { model: 'bad.long', kind: 'lstm', params: { ...lstm, maxEpochs: 10_000, patience: 10_000 } },
      // A step of this size leaves the range of float32 at once.
      { model: 'bad.wild', kind: 'lstm', params: { ...lstm, learningRate: 1e30 } },
    ]
    const { kind: _kind, params: _params, ...rest } = recipe('bad', { members })
    const began = performance.now()
    const failed = train(rest)
    await expect(failed).rejects.toMatchObject({
      code: 'DIVERGED',
      exitCode: 1,
      details: { part: 'bad.wild' },
    })
    await expect(failed).rejects.toThrow(/^bad\.wild: Training diverged at step \d+: /)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await platform.artifacts.list()).toEqual(before)
    for (const name of ['bad', 'bad.long', 'bad.wild'])
      expect(await platform.registry.models.list(name)).toEqual([])
    const [run] = await platform.registry.runs.list({ model: 'bad', limit: 1 })
    expect(run).toMatchObject({ state: 'failed', error: { code: 'DIVERGED' } })
  })
})

describe('cancellation', () => {
  it('ends all fits within a second, those that wait too, and leaves nothing', async () => {
    const controller = new AbortController()
    const before = await platform.artifacts.list()
    let abortedAt = 0
    const long = { ...lstm, maxEpochs: 10_000, patience: 10_000 }
    const run = train(recipe('stop', { seeds: 4, params: long }), {
      signal: controller.signal,
      onProgress() {
        if (controller.signal.aborted) return
        abortedAt = performance.now()
        controller.abort(new Error('the user changed their mind'))
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(performance.now() - abortedAt).toBeLessThan(1_500)
    expect(await platform.artifacts.list()).toEqual(before)
    const [row] = await platform.registry.runs.list({ model: 'stop', limit: 1 })
    expect(row).toMatchObject({ state: 'cancelled' })
  })
})

describe('columns that teach nothing', () => {
  it('are named in a note and in the card, and trained around', async () => {
    const result = await train(recipe('flat', { kind: 'ridge', params: {} }))
    expect(result.notes).toEqual([
      `${file}: columns that hold no numbers are ignored: text`,
      'flat: same (constant), none (empty) do not vary in the training rows; models are trained around them',
    ])
    const files = await platform.artifacts.files(result.artifact)
    const card = new TextDecoder().decode(files['card.md'])
    expect(card).toContain('- Did not vary in training: same (constant), none (empty).')
    expect(result.metrics['ic']).toBeGreaterThan(0.5)
  })
})
