import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { numberColumn, type Frame } from '../../../../core/frame.ts'
import {
  apply,
  column,
  compilePlan,
  evaluateBars,
  featureSetFingerprint,
  FeatureStore,
  findFeatureSet,
  type FeatureSet,
} from '../../../../features/index.ts'
import { createBars, sliceBars, type Bars } from '../../../../market/index.ts'
import { randomBars } from '../../../support/bars.ts'

const base = findFeatureSet('base')
const ranked: FeatureSet = {
  name: 'ranked',
  version: 1,
  emitPartial: false,
  features: [
    { name: 'rank', expression: apply('CSRank', apply('Mean', column('close'), 3)), doc: 'test' },
    {
      name: 'smooth',
      expression: apply('EMA', apply('GroupDemean', apply('Log', column('close'))), 4),
      doc: 'test',
    },
  ],
}
const symbols = ['AAA', 'B/B', 'C.C']
const groups = Int32Array.of(0, 1, 0)
const signal = new AbortController().signal

let folder: string
let store: FeatureStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-store-'))
  store = new FeatureStore(folder, { engine: '1' })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function barsOf(symbol: string, length: number, seed: number): Bars {
  const { columns, time } = randomBars(length, seed)
  const { openTime, open, high, low, close, volume } = columns as Record<string, Float64Array>
  return createBars({
    ...{ symbol, timeframe: '1d', closeTime: time },
    ...{ openTime: openTime!, open: open!, high: high!, low: low! },
    ...{ close: close!, volume: volume! },
  })
}
const all = symbols.map((symbol, k) => barsOf(symbol, 700, k + 1))
const upTo = (length: number): Bars[] => all.map((bars) => sliceBars(bars, 0, length))

/** A copy whose bar `row` closed elsewhere within its range. */
function corrected(bars: Bars, row: number): Bars {
  const close = Float64Array.from(bars.columns.close)
  close[row] = (bars.columns.high[row]! + bars.columns.low[row]!) / 2
  const { symbol, timeframe, time: closeTime, columns } = bars
  return createBars({ ...columns, symbol, timeframe, closeTime, close })
}

const update = (set: FeatureSet, bars: readonly Bars[], own = groups) =>
  store.update({
    ...{ set, timeframe: '1d', symbols: bars.map(({ symbol }) => symbol), groups: own, signal },
    bars: (names) =>
      Promise.resolve(names.map((name) => bars.find(({ symbol }) => symbol === name)!)),
  })
const read = (set: FeatureSet): Promise<readonly Frame[]> =>
  store.read({ set, timeframe: '1d', symbols })

/** Stored values are those of a computation from the first bar, bit for bit. */
async function expectSame(set: FeatureSet, bars: readonly Bars[]): Promise<void> {
  const frames = await read(set)
  const plan = compilePlan(set)
  const whole = evaluateBars(plan, bars, groups)
  frames.forEach((frame, k) => {
    expect(frame.time).toEqual(bars[k]!.columns.knownAt)
    plan.names.forEach((name, f) => {
      const [found, wanted] = [numberColumn(frame, name), whole[k]![f]!]
      const differs = wanted.findIndex((value, row) => !Object.is(value, found[row]))
      expect([name, differs]).toEqual([name, -1])
    })
  })
}

const files = async (set: FeatureSet): Promise<string[]> =>
  (await readdir(join(folder, featureSetFingerprint(set)), { recursive: true }))
    .filter((name) => /\.(parquet|state|json|draft|tmp)$/.test(name))
    .map((name) => join(folder, featureSetFingerprint(set), name))

describe('an update', () => {
  it.each([base, findFeatureSet('alpha158')])(
    'of $name computes, does nothing, then appends to the bits of a whole computation',
    async (set) => {
      expect(await update(set, upTo(500))).toMatchObject({ computed: 3, rows: 1_500 })
      await expectSame(set, upTo(500))
      const before = await files(set)
      expect(await update(set, upTo(500))).toEqual({
        ...{ computed: 0, appended: 0, unchanged: 3, rows: 0 },
      })
      expect(await files(set)).toEqual(before)
      expect(await update(set, upTo(501))).toMatchObject({ appended: 3, rows: 3 })
      expect(await update(set, upTo(700))).toMatchObject({ appended: 3, rows: 597 })
      await expectSame(set, all)
    },
  )

  it('of a set across symbols keeps one partition, to the same bits', async () => {
    expect(await update(ranked, upTo(300))).toMatchObject({ computed: 1, rows: 900 })
    expect(await update(ranked, upTo(301))).toMatchObject({ appended: 1, rows: 3 })
    expect(await update(ranked, all)).toMatchObject({ appended: 1 })
    await expectSame(ranked, all)
    expect(await update(ranked, all)).toMatchObject({ unchanged: 1 })
  })

  it('computes a universe anew where a bar comes late to a moment, or a group changes', async () => {
    const [a, b, c] = upTo(300) as [Bars, Bars, Bars]
    await update(ranked, [a, b, sliceBars(c, 0, 299)])
    expect(await update(ranked, [a, b, c])).toMatchObject({ computed: 1, appended: 0 })
    await expectSame(ranked, [a, b, c])
    expect(await update(ranked, [a, b, c], Int32Array.of(0, 0, 0))).toMatchObject({ computed: 1 })
  })

  it('computes anew only the symbol whose earlier bar changed', async () => {
    await update(base, upTo(500))
    const [a, b, c] = all as [Bars, Bars, Bars]
    const bars = [a, corrected(b, 250), c]
    expect(await update(base, bars)).toMatchObject({ computed: 1, appended: 2 })
    await expectSame(base, bars)
  })

  it('computes anew where bars are gone, or the code is of another version', async () => {
    await update(base, upTo(500))
    expect(await update(base, upTo(400))).toMatchObject({ computed: 3 })
    await expectSame(base, upTo(400))
    store = new FeatureStore(folder, { engine: '2' })
    expect(await update(base, upTo(400))).toMatchObject({ computed: 3 })
  })

  it('merges the parts of many appends and leaves no file behind', async () => {
    const one = (length: number): Bars[] => [sliceBars(all[0]!, 0, length)]
    for (let length = 100; length < 140; length++) await update(base, one(length))
    const parquet = (await files(base)).filter((name) => name.endsWith('.parquet'))
    expect(parquet.length).toBeLessThanOrEqual(32)
    const [frame] = await store.read({ set: base, timeframe: '1d', symbols: ['AAA'] })
    expect(frame!.time).toEqual(one(139)[0]!.columns.knownAt)
    const whole = evaluateBars(compilePlan(base), one(139), Int32Array.of(0))
    expect(numberColumn(frame!, base.features[0]!.name)).toEqual(whole[0]![0])
  }, 30_000)

  it('at once by two callers ends with the same rows', async () => {
    await update(base, upTo(300))
    await Promise.all([update(base, upTo(500)), update(base, upTo(500))])
    expect(await update(base, upTo(500))).toMatchObject({ unchanged: 3 })
    await expectSame(base, upTo(500))
  })
})

describe('a killed process', () => {
  it('leaves files that no manifest names: they are not read, and go with a later update', async () => {
    await update(base, upTo(300))
    const manifest = (await files(base)).find((name) => name.endsWith('.json'))!
    const left = join(manifest, '..', '00000002-left.parquet')
    await writeFile(left, 'half a par')
    await expectSame(base, upTo(300))
    await update(base, upTo(301))
    await update(base, upTo(302))
    expect(await files(base)).not.toContain(left)
    await expectSame(base, upTo(302))
  })

  it('or a torn state or part makes the partition be computed anew', async () => {
    await update(base, upTo(300))
    for (const ending of ['.state', '.parquet']) {
      await truncate((await files(base)).filter((name) => name.endsWith(ending)).at(-1)!, 100)
      expect(await update(base, upTo(300))).toMatchObject({ computed: 1, unchanged: 2 })
      await expectSame(base, upTo(300))
    }
  })

  it('or a changed byte of the state is not appended to', async () => {
    await update(base, upTo(300))
    const state = (await files(base)).find((name) => name.endsWith('.state'))!
    await flipByte(state)
    expect(await update(base, upTo(301))).toMatchObject({ computed: 1, appended: 2 })
    await expectSame(base, upTo(301))
  })
})

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(path, bytes)
}

describe('reading', () => {
  it('takes decision moments from and to, both inclusive', async () => {
    await update(base, upTo(300))
    const moments = all[0]!.columns.knownAt
    const range = { from: moments[100]!, to: moments[199]! }
    const request = { set: base, timeframe: '1d', symbols: ['B/B'], ...range }
    const [frame] = await store.read(request)
    expect(frame!.time).toEqual(moments.subarray(100, 200))
  })

  it('refuses a part with a changed byte', async () => {
    await update(base, upTo(300))
    await flipByte((await files(base)).find((name) => name.endsWith('.parquet'))!)
    await expect(read(base)).rejects.toThrow(/integrity.*sha256.*compute it again/)
  })

  it('names what is stored where a symbol is not', async () => {
    await update(base, upTo(300))
    const request = { set: base, timeframe: '1d', symbols: ['B/C'] }
    await expect(store.read(request)).rejects.toThrow(/stored features of symbol B\/C.*B\/B/)
  })

  it('finds some symbols of the one universe that holds them', async () => {
    await update(ranked, upTo(100))
    const [frame] = await store.read({ set: ranked, timeframe: '1d', symbols: ['C.C'] })
    expect(frame!.length).toBe(100)
  })
})

it('lists what is stored and prunes sets that changed', async () => {
  await update(base, upTo(300))
  await update(ranked, upTo(200))
  expect(await store.list()).toMatchObject([
    { set: 'base', symbols: 3, rows: 900, newest: all[0]!.columns.knownAt[299] },
    { set: 'ranked', symbols: 3, rows: 600 },
  ])
  const changed = { ...ranked, version: 2 }
  expect(await store.prune([base, changed])).toEqual([featureSetFingerprint(ranked)])
  expect((await store.list()).map(({ set }) => set)).toEqual(['base'])
})

it('refuses names that one table cannot hold', async () => {
  const twice = { ...base, features: [base.features[0]!, { ...base.features[0]!, name: 'TIME' }] }
  await expect(update(twice, upTo(10))).rejects.toThrow(/feature names of base must be distinct/)
})
