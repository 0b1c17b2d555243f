/** Interrupted fits: whoever runs the same fit again ends in the artifact of an undisturbed run; anything else starts anew. */
import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { findKind, type FitProgress } from '../../../models/index.ts'
import {
  followRun,
  runInline,
  WorkerService,
  type Platform,
  type TrainResult,
} from '../../../pipelines/index.ts'
import { fitIdentity } from '../../../pipelines/train/fit-identity.ts'
import { planFits } from '../../../pipelines/train/plan.ts'
import {
  fitCheckpoint,
  parseRecipe,
  type Claim,
  type RunProgress,
} from '../../../registry/index.ts'
import { memoryCheckpoint } from '../../support/fit-context.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let platform: Platform
let file: string
/** Of `recipe(…)`, by whatever name it is trained. */
let undisturbed: string

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  file = join(platform.dataDir, 'rows.csv')
  const rng = createRng(5)
  const rows = Array.from({ length: 400 }, () => {
    const [a, b] = [rng.normal(), rng.normal()]
    return `${a},${b},${a * 0.5 - b + rng.normal()}`
  })
  await writeFile(file, ['a,b,y', ...rows].join('\n'))
  const { result, notes } = await train(recipe('m'))
  expect(notes).toEqual([])
  expect(await checkpoints()).toEqual([])
  undisturbed = result.artifact
})
afterAll(() => host.close())

const params = { window: 4, hidden: 4, maxEpochs: 6, patience: 6 }
const recipe = (model: string, more: object = {}) => ({
  ...{ model, kind: 'lstm', params, label: 'return:1' },
  dataset: { file, target: 'y', horizon: 1 },
  ...more,
})

interface Trained {
  readonly result: TrainResult
  readonly notes: readonly string[]
  readonly progress: readonly RunProgress[]
}

async function train(
  value: { model: string },
  {
    fresh = false,
    signal = new AbortController().signal,
  }: { fresh?: boolean; signal?: AbortSignal } = {},
): Promise<Trained> {
  const notes: string[] = []
  const progress: RunProgress[] = []
  const payload = { recipe: value, author: 'test', fresh }
  const result = (await runInline(platform, 'train', payload, {
    signal,
    model: value.model,
    onNote: (line) => notes.push(line),
    onProgress: (one) => progress.push(one),
  })) as TrainResult
  expect(result.notes).toEqual(notes)
  return { result, notes, progress }
}

const checkpoints = () =>
  platform.registry.database.kysely
    .selectFrom('checkpoints')
    .select(['fit', 'run_id', 'model', 'position'])
    .execute()

/** What a training had saved when it was killed: the state half way, of a run of `claim`. */
async function leave(
  value: { model: string },
  claim: Claim,
  { spoil = (state: Uint8Array) => state } = {},
): Promise<void> {
  const [planned] = await planFits(platform, parseRecipe(value), { note: () => undefined })
  const { task, model } = planned!
  const kind = findKind(task.kind)
  const checkpoint = memoryCheckpoint()
  const controller = new AbortController()
  let seen: FitProgress | undefined
  const fit = kind.fit(task.dataset, kind.params.parse(task.params), {
    ...{ train: task.train, validation: task.validation, threads: 1, checkpoint },
    rng: createRng(task.seed).stream(`fit/${task.kind}`),
    signal: controller.signal,
    onProgress(progress) {
      seen = progress
      if (progress.done >= progress.total / 2) controller.abort()
      return undefined
    },
  })
  await expect(fit).rejects.toMatchObject({ code: 'CANCELLED' })
  const { database, runs } = platform.registry
  const saved = fitCheckpoint({ database, runs, clock: platform.clock }, claim, {
    fit: fitIdentity(model, task),
    model,
  })
  const { done, total, unit } = seen!
  await saved.save(spoil(checkpoint.states.at(-1)!), { done, total, unit })
}

/** A run as a command leaves it that is killed: running, by a process that is no more. */
async function killedCommand(model: string): Promise<Claim> {
  const { runs } = platform.registry
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const id = await runs.create('train', {}, { model, mode: 'inline' })
  return (await runs.claim(id, `inline:${hostname()}:${pid}`))!
}

describe('the same command again', () => {
  it('goes on where the killed one stopped, says so, and gives the undisturbed artifact', async () => {
    const claim = await killedCommand('m')
    await leave(recipe('m'), claim)
    const { result, notes, progress } = await train(recipe('m'))
    expect(notes).toEqual([
      expect.stringMatching(
        new RegExp(
          `^m: goes on at \\d+ of \\d+ steps, from the checkpoint that run ${claim.run.id} saved \\d+ s ago`,
        ),
      ),
    ])
    expect(result.artifact).toBe(undisturbed)
    const { timing } = await platform.registry.models.resolve('m', result.version)
    const { done, total } = timing!.resumedFrom!
    expect(done).toBeGreaterThanOrEqual(total / 3)
    expect(progress[0]!.done).toBeGreaterThan(done)
    expect(await checkpoints()).toEqual([])
    expect(await platform.registry.runs.get(claim.run.id)).toMatchObject({
      state: 'failed',
      error: { code: 'WORKER_CRASHED' },
    })
  })

  it('starts anew with --fresh, to the same artifact', async () => {
    await leave(recipe('anew'), await killedCommand('anew'))
    const { result, notes } = await train(recipe('anew'), { fresh: true })
    expect(notes).toEqual([])
    expect(result.artifact).toBe(undisturbed)
    expect(await checkpoints()).toEqual([])
  })

  it('of a seed ensemble resumes the seeds that were under way', async () => {
    const { result } = await train(recipe('seeds', { seeds: 2 }))
    const claim = await killedCommand('seeds')
    await leave(await platform.registry.models.newestRecipe('seeds-s2'), claim)
    const again = await train(recipe('seeds', { seeds: 2 }))
    expect(again.notes).toEqual([expect.stringMatching(/^seeds-s2: goes on at /)])
    expect(again.result.artifact).toBe(result.artifact)
  })
})

describe('a checkpoint of another fit', () => {
  it.each<[string, object]>([
    ['parameters', { params: { ...params, hidden: 5 } }],
    ['seed', { seed: 2 }],
    ['data', { label: 'return:2', dataset: { file: 'other', target: 'y', horizon: 2 } }],
  ])('(other %s) is not used, does not block, is named and removed', async (what, more) => {
    const other = recipe(`other-${what}`, more)
    if ('dataset' in more) other.dataset.file = file
    const claim = await killedCommand(other.model)
    await leave(recipe(other.model), claim)
    const { result, notes } = await train(other)
    expect(notes).toEqual([
      `${other.model}: the checkpoint that run ${claim.run.id} left is of another fit (other data, parameters, seed or code); starting anew`,
    ])
    expect(result.artifact).not.toBe(undisturbed)
    const alone = await train({ ...other, model: `${other.model}-again` })
    expect(alone.result.artifact).toBe(result.artifact)
    expect(await checkpoints()).toEqual([])
  })

  it('stays where its run is still at work', async () => {
    const { runs } = platform.registry
    const id = await runs.create('train', {}, { model: 'both', mode: 'queued' })
    const claim = (await runs.claim(id, 'another machine'))!
    await leave(recipe('both'), claim)
    const { notes } = await train(recipe('both', { seed: 2 }))
    expect(notes).toEqual([])
    expect((await checkpoints()).map((row) => row.run_id)).toEqual([id])
    await runs.fail(claim, new Error('enough'))
    expect(await checkpoints()).toEqual([])
  })
})

describe('a damaged checkpoint', () => {
  it.each<[string, (state: Uint8Array) => Uint8Array]>([
    ['cut off', (state) => state.subarray(0, state.length - 1)],
    ['empty', () => new Uint8Array(0)],
    ['of junk', (state) => state.map((byte) => byte ^ 0x55)],
  ])('(%s) is refused in words and the fit starts anew', async (what, spoil) => {
    const own = recipe(`damaged-${what.replace(' ', '-')}`)
    await leave(own, await killedCommand(own.model), { spoil })
    const { result, notes } = await train(own)
    expect(notes).toEqual([
      expect.stringMatching(/goes on at/),
      expect.stringMatching(/the checkpoint fails its integrity check: .* Starting anew\.$/),
    ])
    expect(result.artifact).toBe(undisturbed)
    const { timing } = await platform.registry.models.resolve(own.model, result.version)
    expect(timing!.resumedFrom).toBeNull()
  })
})

describe('a queued run', () => {
  it('that lost its worker is gone on with by the next one; the lost one can save no more', async () => {
    const { registry } = platform
    const payload = { recipe: recipe('queued'), author: 'test' }
    const id = await registry.runs.create('train', payload, { model: 'queued', mode: 'queued' })
    const claim = (await registry.runs.claim(id, 'a worker that dies'))!
    await leave(recipe('queued'), claim)
    await registry.database.kysely
      .updateTable('runs')
      .set({ heartbeat_at: Date.now() - 20_000 })
      .where('id', '=', id)
      .execute()
    const worker = new WorkerService(platform, { concurrency: 1 })
    await worker.start()
    const result = (await followRun(platform, id, {
      signal: new AbortController().signal,
    })) as TrainResult
    await worker.stop()
    expect(result.artifact).toBe(undisturbed)
    expect(result.notes).toEqual([expect.stringMatching(/^queued: goes on at /)])
    expect((await registry.runs.get(id)).attempt).toBe(2)
    await expect(leave(recipe('queued'), claim)).rejects.toMatchObject({ code: 'STALE_ATTEMPT' })
    expect(await checkpoints()).toEqual([])
  })
})

describe('a fit at work', () => {
  it('saves by itself after two seconds; a cancelled one is gone on with, a failed one is not', async () => {
    const long = recipe('long', { params: { ...params, maxEpochs: 10_000, patience: 10_000 } })
    const controller = new AbortController()
    const cancelled = train(long, { signal: controller.signal }).catch((error: unknown) => error)
    const began = performance.now()
    let saved: Awaited<ReturnType<typeof checkpoints>> = []
    while (saved.length === 0 && performance.now() - began < 30_000) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      saved = await checkpoints()
    }
    expect(performance.now() - began).toBeGreaterThan(2_000)
    expect(saved[0]).toMatchObject({ model: 'long', position: { unit: 'steps' } })
    expect(saved[0]!.position.done).toBeGreaterThan(0)
    controller.abort()
    expect(await cancelled).toMatchObject({ code: 'CANCELLED' })
    expect(await checkpoints()).toHaveLength(1)
    const { runs } = platform.registry
    const id = await runs.create('train', {}, { model: 'long', mode: 'inline' })
    const claim = (await runs.claim(id, 'x'))!
    const { database } = platform.registry
    const { fit } = saved[0]!
    const taken = fitCheckpoint({ database, runs, clock: platform.clock }, claim, {
      fit,
      model: 'long',
    })
    expect(await taken.load({ ownOnly: true })).toBeUndefined()
    expect((await taken.load())!.position.done).toBeGreaterThan(0)
    await runs.fail(claim, new Error('of its own fault'))
    expect(await checkpoints()).toEqual([])
  })
})
