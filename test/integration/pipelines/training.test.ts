/** The path on a real database: ingest, train, versions, schedules, lost workers, experiments, outcomes, the record chain. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRng, type Rng } from '../../../core/rng.ts'
import { findRiskProfile, Session } from '../../../execution/index.ts'
import {
  createExperiment,
  ensureSymbols,
  followRun,
  matureAll,
  predictFile,
  runInline,
  SchedulerService,
  WorkerService,
  type Platform,
  type TrainResult,
} from '../../../pipelines/index.ts'
import { parseRecipe } from '../../../registry/index.ts'
import { Predictor } from '../../../serving/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

const signal = new AbortController().signal
const recipe = (model: string, more: Record<string, unknown> = {}) => ({
  model,
  kind: 'ridge',
  symbols: ['SPX'],
  label: 'return:5',
  window: { from: '2005-01-01', to: '2012-12-31' },
  ...more,
})
const ensemble = {
  model: 'pair',
  members: [
    { model: 'pair.ridge', kind: 'ridge' },
    { model: 'pair.gbdt', kind: 'gbdt', params: { n_estimators: 20 } },
  ],
  symbols: ['SPX'],
  window: { from: '2005-01-01', to: '2012-12-31' },
  quorum: 2,
}

let host: TestPlatform
let platform: Platform

const train = async (value: unknown, model = 'm'): Promise<TrainResult> =>
  (await runInline(
    platform,
    'train',
    { recipe: value, author: 'test' },
    { signal, model },
  )) as TrainResult

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  await ensureSymbols(platform, ['SPX'])
})
afterAll(() => host.close())

describe('training', () => {
  it('registers a version each time, the same artifact for the same recipe, and the first as champion', async () => {
    const [first, second, other] = [
      await train(recipe('m')),
      await train(recipe('m')),
      await train(recipe('m', { params: { alpha: 50 } })),
    ]
    expect([first.version, second.version, other.version]).toEqual([1, 2, 3])
    expect(second.artifact).toBe(first.artifact)
    expect(other.artifact).not.toBe(first.artifact)
    expect((await platform.registry.models.resolve('m')).version).toBe(1)
    expect((await platform.registry.models.resolve('m', 3)).parent).toBe(2)
    const manifest = await platform.artifacts.manifest(first.artifact)
    expect(manifest.labelEnd).toBeLessThanOrEqual(Date.UTC(2013, 0, 1))
    expect(first.metrics).toEqual(manifest.metrics)
  })

  it('keeps the recipe readable from the version', async () => {
    expect((await platform.registry.models.newestRecipe('m')).params).toEqual({ alpha: 50 })
  })

  it('makes all members and the ensemble visible at once, and predicts with all of them', async () => {
    const result = await train(ensemble, 'pair')
    expect(result.members.map((one) => one.model)).toEqual(['pair.ridge', 'pair.gbdt'])
    const predictor = new Predictor(platform)
    const [signalOut] = await predictor.bySymbol(await platform.registry.models.resolve('pair'), [
      'SPX',
    ])
    expect(signalOut).toMatchObject({ symbol: 'SPX', voters: 2 })
    expect(signalOut!.votes.map((vote) => vote.artifact)).toEqual(
      result.members.map((one) => one.artifact),
    )
    await predictor.dispose()
  })

  it.each([
    [{ kind: 'nope' }, 'UNKNOWN_NAME'],
    [{ symbols: ['NOPE'] }, 'UNKNOWN_NAME'],
    [{ features: 'nope' }, 'UNKNOWN_NAME'],
    [{ params: { alhpa: 1 } }, 'UNKNOWN_NAME'],
    [{ params: { alpha: -1 } }, 'INVALID_VALUE'],
    [{ label: 'up' }, 'UNKNOWN_NAME'],
    [{ label: 'return:0' }, 'INVALID_VALUE'],
    [{ window: { from: '2012-01-01', to: '2011-01-01' } }, 'INVALID_VALUE'],
    [{ window: { from: '2012-12-30', to: '2012-12-31' } }, 'NO_ROWS'],
  ])('refuses %j, says why in the run, and registers nothing', async (more, code) => {
    await expect(train(recipe('bad', more), 'bad')).rejects.toMatchObject({ code })
    const [run] = await platform.registry.runs.list({ model: 'bad', limit: 1 })
    expect(run).toMatchObject({ state: 'failed', error: { code } })
    expect(await platform.registry.models.list('bad')).toEqual([])
  })

  it('refuses a recipe with an unknown key, naming it', () => {
    expect(() => parseRecipe(recipe('m', { sede: 1 }))).toThrow(/sede/)
    expect(() => parseRecipe({ ...recipe('m'), kind: undefined })).toThrow(
      /recipe.kind must be given, or else members/,
    )
  })
})

describe('queued runs', () => {
  it('are worked off, follow a schedule once a due time, and survive a lost worker', async () => {
    const { registry } = platform
    const schedule = await registry.schedules.add({ model: 'm', cron: '* * * * *' })
    await registry.database.kysely
      .updateTable('schedules')
      .set({ last_due: Date.now() - 120_000 })
      .execute()
    const scheduler = new SchedulerService(platform)
    expect(await scheduler.tick()).toBe(1)
    expect(await scheduler.tick()).toBe(0)
    await registry.schedules.remove(schedule.id)
    const [queued] = await registry.runs.list({ state: 'queued' })
    const worker = new WorkerService(platform, { concurrency: 1 })
    await worker.start()
    const result = (await followRun(platform, queued!.id, { signal })) as TrainResult
    expect(result).toMatchObject({ model: 'm', version: 4 })

    const lost = await registry.enqueue(
      'train',
      { recipe: recipe('lost'), author: 'test' },
      { model: 'lost' },
    )
    await followRun(platform, lost, { signal })
    await worker.stop()

    const id = await registry.runs.create(
      'train',
      { recipe: recipe('silent'), author: 'test' },
      { model: 'silent', mode: 'queued' },
    )
    const claim = (await registry.runs.claim(id, 'a worker that dies'))!
    await registry.database.kysely
      .updateTable('runs')
      .set({ heartbeat_at: Date.now() - 20_000 })
      .where('id', '=', id)
      .execute()
    expect((await registry.runs.requeueLost()).requeued).toContain(id)
    const second = (await registry.runs.claim(id, 'another'))!
    expect(second.attempt).toBe(2)
    // The first worker comes back from the dead: it may write nothing.
    expect(await registry.runs.heartbeat(claim)).toBe('lost')
    await expect(
      platform.records.transaction((trx) => registry.runs.succeed(trx, claim, {})),
    ).rejects.toMatchObject({ code: 'STALE_ATTEMPT' })
    await registry.runs.fail(claim, new Error('late'))
    expect((await registry.runs.get(id)).state).toBe('running')
    await registry.runs.fail(second, new Error('enough'))
  })

  it('are cancelled: queued at once, running at the next heartbeat, ended ones not', async () => {
    const { runs } = platform.registry
    const id = await runs.create('train', {}, { model: 'x', mode: 'queued' })
    expect((await runs.cancel(id)).state).toBe('cancelled')
    await expect(runs.cancel(id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(runs.cancel('nope')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    const running = await runs.create('train', {}, { model: 'x', mode: 'queued' })
    const claim = (await runs.claim(running, 'w'))!
    await runs.cancel(running)
    expect(await runs.heartbeat(claim)).toBe('cancel')
    await runs.fail(claim, new Error('x'))
  })
})

describe('schedules', () => {
  it.each([
    ['* * * *', 'UTC', /five fields/],
    ['99 * * * *', 'UTC', /cron/],
    ['* * * * *', 'Mars/Olympus', /IANA/],
  ])('refuse %s in %s', async (cron, timeZone, message) => {
    await expect(platform.registry.schedules.add({ model: 'm', cron, timeZone })).rejects.toThrow(
      message,
    )
  })
})

describe('experiments', () => {
  const request = {
    model: 'm',
    champion: 1,
    challenger: 3,
    source: { type: 'replay', from: '2013-02-01', to: '2013-12-31' },
  } as const

  it('give the same result in one go and across a restart in the middle', async () => {
    const whole = (await runInline(platform, 'experiment', request, { signal })) as {
      id: string
      bars: number
      arms: unknown[]
    }
    expect(whole.bars).toBeGreaterThan(200)
    const session = await createExperiment(platform, request, 'service')
    for (let k = 0; k < 90; k++) await session.advance()
    const { id } = session
    await session.dispose()
    platform = await host.reopen()
    const resumed = await Session.resume(platform.execution, await platform.sessions.get(id))
    while ((await resumed.advance()) !== undefined);
    await resumed.end('finished', 'test')
    await resumed.dispose()
    const [a, b] = [await platform.sessions.get(whole.id), await platform.sessions.get(id)]
    expect(b.snapshot).toEqual(a.snapshot)
    expect(await platform.sessions.equity(id)).toEqual(await platform.sessions.equity(whole.id))
  })

  it('see nothing of the future: more bars after the end change no equity before it', async () => {
    const short = (await runInline(
      platform,
      'experiment',
      { ...request, source: { ...request.source, to: '2013-06-28' } },
      { signal },
    )) as { id: string }
    const long = (await runInline(platform, 'experiment', request, { signal })) as { id: string }
    const early = await platform.sessions.equity(short.id, { points: 10_000 })
    const late = await platform.sessions.equity(long.id, { points: 10_000 })
    expect(late.slice(0, early.length)).toEqual(early)
  })

  it('are refused in-sample and marked where allowed', async () => {
    const inSample = {
      ...request,
      source: { type: 'replay', from: '2012-01-03', to: '2012-03-30' },
    } as const
    await expect(createExperiment(platform, inSample, 'inline')).rejects.toMatchObject({
      code: 'IN_SAMPLE',
      exitCode: 6,
    })
    const allowed = await createExperiment(platform, { ...inSample, allowInSample: true }, 'inline')
    expect((await platform.sessions.get(allowed.id)).inSample).toBe(true)
    await allowed.end('stopped', 'test')
    await allowed.dispose()
  })

  it('refuse unknown versions, profiles and ranges without bars', async () => {
    await expect(
      createExperiment(platform, { ...request, challenger: 99 }, 'inline'),
    ).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    await expect(
      createExperiment(platform, { ...request, profile: 'yolo' }, 'inline'),
    ).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    await expect(
      createExperiment(
        platform,
        { ...request, source: { type: 'replay', from: '2030-01-01', to: '2030-02-01' } },
        'inline',
      ),
    ).rejects.toMatchObject({ code: 'NO_ROWS' })
    expect(() => findRiskProfile('yolo')).toThrow(/research, paper|paper, research/)
  })
})

describe('outcomes', () => {
  it('mature once the bars that end the label are stored', async () => {
    const { registry } = platform
    const version = await registry.models.resolve('m', 1)
    const manifest = await platform.artifacts.manifest(version.artifact)
    const [bars] = await platform.bars.read({ symbols: ['SPX'], timeframe: '1d' })
    const vote = {
      model: 'm',
      version: 1,
      artifact: version.artifact,
      prediction: 0.01,
      direction: 1,
      weight: 1,
    } as const
    const at = (row: number) =>
      ({
        symbol: 'SPX',
        time: bars!.time[row]!,
        direction: 1,
        strength: 1,
        confidence: 1,
        votes: [vote],
        agreeing: 1,
        voters: 1,
      }) as const
    await registry.outcomes.log([at(3_000), at(bars!.length - 1)], manifest)
    await registry.outcomes.log([at(3_000)], manifest)
    const { matured } = await matureAll(platform, signal)
    expect(matured).toBe(1)
    expect((await matureAll(platform, signal)).matured).toBe(0)
    const close = bars!.columns.close
    const expected = close[3_005]! / close[3_000]! - 1
    const summary = (await registry.outcomes.summary()).find((one) => one.model === 'm')!
    expect(summary).toMatchObject({ version: 1, outcomes: 1, hitRate: expected > 0 ? 1 : 0 })
    expect(summary.meanSquaredError).toBeCloseTo((0.01 - expected) ** 2, 12)
  })
})

describe('the record chain', () => {
  it('is whole after all of it', async () => {
    const { ok, records } = await platform.records.verify()
    expect(ok).toBe(true)
    expect(records).toBeGreaterThan(50)
  })
})

describe('sessions', () => {
  it('that lost their command are stopped by the execution service, others go on', async () => {
    const spec = {
      model: 'm',
      champion: 1,
      challenger: 3,
      source: { type: 'replay', from: '2013-02-01', to: '2013-12-31' },
    } as const
    const [lost, alive] = [
      await createExperiment(platform, spec, 'inline'),
      await createExperiment(platform, spec, 'inline'),
    ]
    await platform.execution.database.kysely
      .updateTable('sessions')
      .set({ updated_at: Date.now() - 61_000 })
      .where('id', '=', lost.id)
      .execute()
    expect(await platform.sessions.stopAbandoned()).toEqual([lost.id])
    expect((await platform.sessions.get(alive.id)).state).toBe('running')
    await expect(lost.advance()).rejects.toMatchObject({ code: 'CONFLICT' })
    await Promise.all([lost.dispose(), alive.dispose()])
  })

  it('take commands from other processes and end on stop', async () => {
    const session = await createExperiment(
      platform,
      {
        model: 'm',
        champion: 1,
        challenger: 3,
        source: { type: 'replay', from: '2013-02-01', to: '2013-12-31' },
      },
      'inline',
    )
    await platform.sessions.command(session.id, 'halt', 'test')
    await platform.sessions.command(session.id, 'stop', 'test')
    expect(await session.takeCommands()).toBe('stop')
    expect(session.snapshot.arms['champion']!.engine.halted).toBe(true)
    await session.end('stopped', 'on command')
    await expect(platform.sessions.command(session.id, 'halt', 'test')).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await session.dispose()
  })
})

describe('a dataset file', () => {
  const header = 'time,symbol,a,b,note,y'
  const line = (rng: Rng, symbol: string, row: number): string => {
    const [a, b] = [rng.normal(), rng.normal()]
    const time = new Date(Date.UTC(2020, 0, 1) + row * 60_000).toISOString()
    return `${time},${symbol},${a},${b},text,${a - b + 0.1 * rng.normal()}`
  }

  it('trains a model that predicts other files by column name and tensors, and refuses symbols', async () => {
    const rng = createRng(3)
    const rows = ['A', 'B'].flatMap((symbol) =>
      Array.from({ length: 300 }, (_, row) => line(rng, symbol, row)),
    )
    const file = join(platform.dataDir, 'rows.csv')
    await writeFile(file, [header, ...rows].join('\n'))
    const dataset = { file, target: 'y', horizon: 1 }
    const trained = await train({ model: 'file', kind: 'ridge', dataset }, 'file')
    expect(trained.metrics['ic']).toBeGreaterThan(0.95)
    const version = await platform.registry.models.resolve('file')
    const notes: string[] = []
    const predicted = await predictFile(platform, version, file, (note) => notes.push(note))
    expect(notes.join()).toMatch(/ignored columns: note, y/)
    expect(predicted.prediction).toHaveLength(600)
    expect(predicted.symbol.slice(0, 2)).toEqual(['A', 'A'])
    const [, , a, b] = rows[0]!.split(',').map(Number)
    expect(predicted.prediction[0]).toBeCloseTo(a! - b!, 0)
    const predictor = new Predictor(platform)
    const tensor = await predictor.byTensor(version, Float32Array.of(a!, b!), 1)
    expect(tensor.prediction[0]).toBe(predicted.prediction[0])
    await expect(predictor.bySymbol(version, ['SPX'])).rejects.toMatchObject({ code: 'CONFLICT' })
    await predictor.dispose()
  })

  it('is refused without its target, a feature, or a row, naming what is missing', async () => {
    const [short, narrow, empty] = ['short.csv', 'narrow.csv', 'empty.csv'].map((name) =>
      join(platform.dataDir, name),
    ) as [string, string, string]
    await writeFile(short, 'a,b\n1,2\n')
    await writeFile(narrow, 'a\n1\n')
    await writeFile(empty, 'a,b,y\n')
    const recipe = (file: string, target: string) => ({
      model: 'bad',
      kind: 'ridge',
      dataset: { file, target },
    })
    await expect(train(recipe(short, 'y'), 'bad')).rejects.toThrow(
      /no numeric column y; it has a, b/,
    )
    await expect(train(recipe(empty, 'y'), 'bad')).rejects.toMatchObject({ code: 'BAD_DATA' })
    await expect(
      train(recipe(join(platform.dataDir, 'none.csv'), 'y'), 'bad'),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    const version = await platform.registry.models.resolve('file')
    await expect(predictFile(platform, version, narrow, () => undefined)).rejects.toMatchObject({
      code: 'BAD_DATA',
      exitCode: 3,
    })
  })
})
