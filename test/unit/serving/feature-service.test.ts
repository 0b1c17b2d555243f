/** The server's streams against streams built from all stored bars, after every change that a store can have. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../../core/clock.ts'
import type { Frame } from '../../../core/frame.ts'
import { silentLog } from '../../../core/log.ts'
import { createRng } from '../../../core/rng.ts'
import {
  FeatureStream,
  findFeatureSet,
  parseFeatureSet,
  registerFeatureSet,
} from '../../../features/index.ts'
import {
  createBars,
  createInstrument,
  groupCodes,
  openBarStore,
  type BarStore,
} from '../../../market/index.ts'
import type { LoadedEnsemble } from '../../../models/index.ts'
import { FeatureService } from '../../../serving/predict/feature-service.ts'
import { freshForMs } from '../../../serving/predict/recent.ts'

const hour = 3_600_000
const start = Date.UTC(2024, 0, 1)
const universe = ['A', 'B', 'C']
const timeframe = '1h'
/** Each symbol's, when a store is opened: more than the sets warm up on. */
const bars = 80

let root = ''
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorum-served-'))
  const own =
    'name: alone\nfeatures:\n  mean: Mean($close, 5) / $close\n  ema: EMA($close, 9)\n  spread: Std($close, 7)\n'
  const across =
    'name: across\nfeatures:\n  rank: Mean(CSRank($close), 3)\n  sector: GroupDemean($close / Ref($close, 1))\n'
  for (const text of [own, across]) registerFeatureSet(await parseFeatureSet(text, 'the test'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

/** An ensemble as far as features go. */
function ensemble(set: string, window: number): LoadedEnsemble {
  return {
    ...{ artifact: `${set} ${window}`, timeframe, window, symbols: universe },
    members: [{ manifest: { featureSet: { name: set } }, fitted: { window } }],
  } as unknown as LoadedEnsemble
}

/** A store, what is in it by the hour of a bar, and a service on it. */
async function open() {
  const folder = join(root, String(folders++))
  const clock = new ManualClock(start + 10_000 * hour)
  const store = openBarStore({ folder, clock, log: silentLog })
  const rng = createRng(folders)
  const stored = new Map(universe.map((symbol) => [symbol, new Set<number>()]))

  /** Bars that open at these hours, with new prices: an hour already stored is corrected. */
  const put = async (symbol: string, ...at: number[]): Promise<void> => {
    const openTime = Float64Array.from(
      at.sort((a, b) => a - b),
      (k) => start + k * hour,
    )
    const close = openTime.map(() => 100 * Math.exp(0.02 * rng.normal()))
    const shape = { symbol, timeframe, openTime, closeTime: openTime.map((time) => time + hour) }
    const prices = { open: close, high: close, low: close, close }
    const volume = close.map(() => 1e6 * rng.uniform())
    await store.append(symbol, timeframe, createBars({ ...shape, ...prices, volume }))
    for (const k of at) stored.get(symbol)!.add(k)
  }
  for (const symbol of universe) {
    await store.putInstrument(createInstrument({ symbol, calendar: '24/7', group: 'all' }))
    await put(symbol, ...Array.from({ length: bars }, (_, k) => k))
  }
  const service = new FeatureService(store, clock)
  const ask = async (one: LoadedEnsemble) => {
    clock.advance(freshForMs + 1)
    return service.source(one, universe)
  }
  const newest = (symbol: string): number => Math.max(...stored.get(symbol)!)
  return { store, service, clock, ask, put, stored, newest }
}

/** Bits of the newest windows of each symbol, from streams of all stored bars. */
async function rebuilt(store: BarStore, set: string, window: number): Promise<bigint[]> {
  const stored = await store.read({ symbols: universe, timeframe })
  const groups = groupCodes(await Promise.all(universe.map((symbol) => store.instrument(symbol))))
  const stream = new FeatureStream(findFeatureSet(set), universe, groups, { maxWindow: window })
  stream.append(stored)
  const { matrix, time } = stream.latest([0, 1, 2], window)
  return bits(matrix.X, time)
}

function bits(X: Float32Array, time: Float64Array): bigint[] {
  expect(X.some((x) => !Number.isNaN(x))).toBe(true)
  return [...new Uint32Array(X.buffer)].map(BigInt).concat([...new BigUint64Array(time.buffer)])
}

type Opened = Awaited<ReturnType<typeof open>>
type Step = (opened: Opened) => Promise<void>

const symbol = fc.constantFrom(...universe)
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.constant('every symbol’s next bar').map(() => async ({ put, newest }: Opened) => {
    const next = Math.max(...universe.map(newest)) + 1
    for (const one of universe) await put(one, next)
  }),
  fc.tuple(symbol, fc.integer({ min: 1, max: 3 })).map(([one, count]) => {
    return async ({ put, newest }: Opened) =>
      put(one, ...Array.from({ length: count }, (_, k) => newest(one) + 1 + k))
  }),
  fc.tuple(symbol, fc.integer({ min: 2, max: 4 })).map(([one, skipped]) => {
    return async ({ put, newest }: Opened) => put(one, newest(one) + skipped)
  }),
  symbol.map((one) => async ({ put, newest, stored }: Opened) => {
    const late = Array.from({ length: newest(one) }, (_, k) => k).filter(
      (k) => !stored.get(one)!.has(k),
    )
    if (late.length > 0) await put(one, late.at(-1)!)
  }),
  fc.tuple(symbol, fc.integer({ min: 0, max: 60 })).map(([one, before]) => {
    return async ({ put, newest }: Opened) => put(one, newest(one) - before)
  }),
  fc.tuple(symbol, fc.integer({ min: 0, max: 60 })).map(([one, before]) => {
    return async ({ put, newest }: Opened) => put(one, newest(one) - before, newest(one) + 1)
  }),
  fc.tuple(symbol, fc.constantFrom('all', 'some')).map(([one, group]) => {
    return async ({ store }: Opened) =>
      store.putInstrument({ ...(await store.instrument(one)), group })
  }),
  fc.constant(async ({ store }: Opened) => store.compact()),
)

it('serves the bits of a rebuild after any sequence of new, late and corrected bars', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 8 }), async (sequence) => {
      const opened = await open()
      for (const step of [() => Promise.resolve(), ...sequence]) {
        await step(opened)
        for (const [set, window] of [
          ['alone', 3],
          ['across', 4],
        ] as const) {
          const source = await opened.ask(ensemble(set, window))
          const { matrix, time } = source(set, window, universe)
          expect(bits(matrix.X, time)).toEqual(await rebuilt(opened.store, set, window))
        }
      }
    }),
    { numRuns: 8 },
  )
}, 120_000)

describe('a new bar', () => {
  /** Rows that streams of `alone` and `across` take in, those of all symbols together. */
  function countRows(): () => number {
    const append = vi.spyOn(FeatureStream.prototype, 'append')
    return () => {
      const rows = append.mock.calls.flatMap(([frames], call) => {
        const { plan } = append.mock.contexts[call] as FeatureStream
        return plan.names.length > 3 ? [] : frames.map((frame?: Frame) => frame?.length ?? 0)
      })
      append.mockClear()
      return rows.reduce((sum, length) => sum + length, 0)
    }
  }

  it.each(['alone', 'across'])('of the set %s is the only one taken in', async (set) => {
    const { ask, put } = await open()
    const rows = countRows()
    await ask(ensemble(set, 2))
    expect(rows()).toBe(3 * bars)
    await ask(ensemble(set, 2))
    expect(rows()).toBe(0)
    for (let k = bars; k < bars + 3; k++) {
      for (const one of universe) await put(one, k)
      await ask(ensemble(set, 2))
      expect(rows()).toBe(3)
    }
  })

  it('is taken in once by requests at the same time, whatever rows they want', async () => {
    const { service, clock, ask, put, store } = await open()
    await ask(ensemble('alone', 4))
    const rows = countRows()
    for (const one of universe) await put(one, bars)
    clock.advance(freshForMs + 1)
    const sources = await Promise.all(
      [1, 2, 3, 4].map((window) => service.source(ensemble('alone', window), universe)),
    )
    expect(rows()).toBe(3)
    for (const [k, source] of sources.entries()) {
      const { matrix, time } = source('alone', k + 1, universe)
      expect(bits(matrix.X, time)).toEqual(await rebuilt(store, 'alone', k + 1))
    }
  })

  it('does not reach a request that is under way', async () => {
    const { ask, put, store } = await open()
    const before = await rebuilt(store, 'alone', 2)
    const source = await ask(ensemble('alone', 2))
    for (const one of universe) await put(one, bars)
    await ask(ensemble('alone', 2))
    const { matrix, time } = source('alone', 2, universe)
    expect(bits(matrix.X, time)).toEqual(before)
  })

  it('that some symbols have before others is that moment again once all have it', async () => {
    const { ask, put, store } = await open()
    const rows = countRows()
    await ask(ensemble('across', 2))
    await put('A', bars)
    await ask(ensemble('across', 2))
    expect(rows()).toBe(3 * bars + 1)
    await put('B', bars)
    const source = await ask(ensemble('across', 2))
    expect(rows()).toBe(3 * bars + 2)
    const { matrix, time } = source('across', 2, universe)
    expect(bits(matrix.X, time)).toEqual(await rebuilt(store, 'across', 2))
  })

  it('beside a correction that comes in while it is read is not taken in alone', async () => {
    const { clock, put, store } = await open()
    let isRacing = false
    let change: Promise<void> | undefined
    const correct = async (): Promise<void> => {
      await put('A', bars - 2)
      await put('A', bars + 1)
    }
    const racing = {
      ...store,
      read: async (options: Parameters<BarStore['read']>[0]) => {
        if (isRacing) await (change ??= correct())
        return store.read(options)
      },
    }
    const service = new FeatureService(racing, clock)
    await service.source(ensemble('alone', 5), ['A'])
    await put('A', bars)
    isRacing = true
    clock.advance(freshForMs + 1)
    const source = await service.source(ensemble('alone', 5), ['A'])
    const stream = new FeatureStream(findFeatureSet('alone'), ['A'], new Int32Array(1))
    stream.append(await store.read({ symbols: ['A'], timeframe }))
    const [served, wanted] = [source('alone', 5, ['A']), stream.latest([0], 5)]
    expect(bits(served.matrix.X, served.time)).toEqual(bits(wanted.matrix.X, wanted.time))
  })

  it('after a compaction is the only one taken in', async () => {
    const { ask, put, store } = await open()
    await put('A', bars)
    await ask(ensemble('alone', 2))
    const rows = countRows()
    await put('A', bars + 1)
    await store.compact()
    await ask(ensemble('alone', 2))
    expect(rows()).toBe(1)
  })

  it('whose appending fails half-way leaves nothing behind', async () => {
    const { service, ask, put, store } = await open()
    await ask(ensemble('across', 2))
    await ask(ensemble('across', 1))
    for (const one of universe) await put(one, bars)
    const failing = vi.spyOn(FeatureStream.prototype, 'append')
    failing.mockImplementationOnce(function (this: FeatureStream, [first]) {
      this.append([first, undefined, undefined])
      throw new Error('out of memory')
    })
    const again = (window: number) => service.source(ensemble('across', window), universe)
    await expect(again(2)).rejects.toThrow('out of memory')
    // What was fresh a moment ago is no more.
    await expect(again(1)).rejects.toMatchObject({ code: 'NOT_READY' })
    const source = await ask(ensemble('across', 2))
    const { matrix, time } = source('across', 2, universe)
    expect(bits(matrix.X, time)).toEqual(await rebuilt(store, 'across', 2))
  })
})

it('rows wanted beyond those kept are computed, and a symbol without bars is refused by name', async () => {
  const { ask, store } = await open()
  await ask(ensemble('alone', 1))
  const source = await ask(ensemble('alone', 9))
  const { matrix, time } = source('alone', 9, universe)
  expect(bits(matrix.X, time)).toEqual(await rebuilt(store, 'alone', 9))
  const service = new FeatureService(store, new ManualClock(0))
  await expect(service.source(ensemble('alone', 1), ['D'])).rejects.toMatchObject({
    code: 'UNKNOWN_NAME',
    details: { kind: 'symbol', name: 'D' },
  })
})
