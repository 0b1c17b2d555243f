/** Features on a real platform: into files with events and labels that models train on, and into the feature store. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numberColumn } from '../../../core/frame.ts'
import { compilePlan, evaluateBars, findFeatureSet } from '../../../features/index.ts'
import { readParquet } from '../../../market/index.ts'
import {
  addUserSet,
  computeFeatures,
  ensureSymbols,
  listStoredFeatures,
  openFeatureStore,
  runInline,
  storeFeatures,
  type ComputeRequest,
  type Platform,
  type TrainResult,
} from '../../../pipelines/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

const signal = new AbortController().signal
const watch = { signal, onProgress: () => undefined }
const symbols = ['SPX', 'AAPL']

let host: TestPlatform
let platform: Platform
const pathOf = (name: string): string => join(platform.dataDir, name)
const compute = (request: Partial<ComputeRequest> & { out: string; sets: string[] }) =>
  computeFeatures(platform, { symbols, timeframe: '1d', ...request }, watch)

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  await ensureSymbols(platform, symbols)
  const set = 'name: newsy\ncolumns: [news, news_age]\nfeatures:\n  tone: $news / (1 + $news_age)\n'
  await writeFile(pathOf('newsy.yaml'), set)
  await addUserSet(platform.dataDir, pathOf('newsy.yaml'))
})
afterAll(() => host.close())

async function read(file: string, names: readonly string[]): Promise<Record<string, Float64Array>> {
  const select = Object.fromEntries(names.map((name) => [name, `"${name}"`]))
  const { columns } = await readParquet([file], select)
  return columns as Record<string, Float64Array>
}

describe('event series', () => {
  it('reach the bars that were decided from when they were known on', async () => {
    const file = pathOf('news.csv')
    await writeFile(
      file,
      'symbol,time,knownAt,value\nSPX,2010-06-01,2010-06-03,2\nAAPL,2010-06-01,2010-06-01,8\n',
    )
    const out = pathOf('newsy.parquet')
    const events = [{ name: 'news', file }]
    const plain = { sets: ['newsy'], symbols: ['SPX'], from: '2010-05-20', to: '2010-06-20', out }
    const { fingerprint } = await compute({ ...plain, events })
    const { time, tone } = await read(out, ['time', 'tone'])
    const known = Date.UTC(2010, 5, 3)
    expect(time!.length).toBeGreaterThan(15)
    time!.forEach((moment, row) => {
      const days = (moment - known) / 86_400_000
      expect(tone![row]).toBe(days < 0 ? NaN : 2 / (1 + days))
    })
    await writeFile(file, 'symbol,time,knownAt,value\nSPX,2010-06-01,2010-06-03,3\n')
    const other = await compute({ ...plain, events })
    expect(other.fingerprint).not.toBe(fingerprint)
  })

  it('that are missing are named, with what brings them', async () => {
    const out = pathOf('x.parquet')
    await expect(compute({ sets: ['newsy'], out })).rejects.toThrow(
      /column news of the set newsy must be .*--events news=FILE/,
    )
    const file = pathOf('bare.csv')
    await writeFile(file, 'symbol,time,value\nSPX,2010-06-01,3\n')
    const events = [{ name: 'news', file }]
    await expect(compute({ sets: ['newsy'], events, out })).rejects.toThrow(
      /there is no column knownAt; add the moment from which each event was known/,
    )
    await expect(
      compute({ sets: ['newsy'], events: [{ name: 'close', file }], out }),
    ).rejects.toThrow(/name of an event series must be one whose columns are free/)
  })

  it('without a symbol are the whole market’s, and without a value dates alone', async () => {
    await writeFile(
      pathOf('meets.yaml'),
      'name: meets\ncolumns: [fed_next]\nfeatures:\n  days: $fed_next\n',
    )
    await addUserSet(platform.dataDir, pathOf('meets.yaml'))
    const file = pathOf('fed.csv')
    await writeFile(file, 'time,knownAt\n2010-06-16,2010-01-01\n')
    const out = pathOf('meets.parquet')
    const span = { from: '2010-06-01', to: '2010-06-10' }
    const events = [{ name: 'fed', file }]
    await compute({ sets: ['meets'], events, symbols: ['SPX'], ...span, out })
    const { time, days } = await read(out, ['time', 'days'])
    time!.forEach((moment, row) => {
      expect(days![row]).toBe((Date.UTC(2010, 5, 16) - moment) / 86_400_000)
    })
  })
})

describe('a file of features', () => {
  it('with a label can be trained on', async () => {
    const out = pathOf('labelled.parquet')
    const span = { from: '2005-01-01', to: '2009-12-31' }
    await compute({ sets: ['base'], symbols: ['SPX'], label: 'return:5', ...span, out })
    const { time, label, labelEnd } = await read(out, ['time', 'label', 'labelEnd'])
    const last = time!.length - 1
    expect([label![last], labelEnd![last]]).toEqual([NaN, NaN])
    expect(labelEnd![0]).toBeGreaterThan(time![4]!)
    const recipe = { model: 'm', kind: 'ridge', dataset: { file: out, target: 'label' } }
    const options = { signal, model: 'm' }
    const work = { recipe, author: 'test' }
    const trained = (await runInline(platform, 'train', work, options)) as TrainResult
    expect(trained).toMatchObject({ model: 'm' })
  })

  it('of several sets has the columns of all, and refuses names that two of them have', async () => {
    const out = pathOf('both.parquet')
    const { features } = await compute({ sets: ['base', 'alpha158'], symbols: ['SPX'], out })
    const [base, alpha] = [findFeatureSet('base'), findFeatureSet('alpha158')]
    expect(features).toBe(base.features.length + 158)
    const [bars] = await platform.bars.read({ symbols: ['SPX'], timeframe: '1d' })
    for (const set of [base, alpha]) {
      const plan = compilePlan(set)
      const [wanted] = evaluateBars(plan, [bars!], Int32Array.of(0))
      const columns = await read(out, plan.names)
      plan.names.forEach((name, f) => expect(columns[name]).toEqual(wanted![f]))
    }
    await expect(compute({ sets: ['base', 'base'], out })).rejects.toThrow(
      /columns of base must be other than those of base/,
    )
  })
})

it('the store holds what a computation gives, and does nothing twice', async () => {
  const request = { sets: ['base'], symbols, timeframe: '1d', prune: true }
  const first = await storeFeatures(platform, request, watch)
  expect(first).toMatchObject({ computed: 2, appended: 0, unchanged: 0 })
  expect(await storeFeatures(platform, request, watch)).toMatchObject({ unchanged: 2, rows: 0 })
  expect(await listStoredFeatures(platform.dataDir)).toMatchObject([
    { set: 'base', timeframe: '1d', symbols: 2, rows: first.rows },
  ])
  const set = findFeatureSet('base')
  const store = openFeatureStore(platform.dataDir)
  const frames = await store.read({ set, timeframe: '1d', symbols })
  const bars = await platform.bars.read({ symbols, timeframe: '1d' })
  const wanted = evaluateBars(compilePlan(set), bars, new Int32Array(2))
  frames.forEach((frame, k) =>
    set.features.forEach(({ name }, f) => expect(numberColumn(frame, name)).toEqual(wanted[k]![f])),
  )
})
