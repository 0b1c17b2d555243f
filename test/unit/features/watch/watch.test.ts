import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRng, type Rng } from '../../../../core/rng.ts'
import type { FeatureMatrix } from '../../../../features/dataset.ts'
import { compilePlan, FeatureStream, findFeatureSet } from '../../../../features/index.ts'
import {
  binnedDistance,
  measureDrift,
  smirnovPValue,
  stabilityIndex,
} from '../../../../features/watch/drift.ts'
import {
  BinCounts,
  countBars,
  createDissimilarity,
  defaultDriftLimits,
  describeReference,
  DriftWindow,
  type Reference,
} from '../../../../features/watch/index.ts'
import { randomBars } from '../../../support/bars.ts'

interface Golden {
  readonly cases: readonly {
    readonly name: string
    readonly reference: number[]
    readonly window: number[]
    readonly edges: number[]
    readonly counts: readonly [number[], number[]]
    readonly psi: number
    readonly ks: number
    readonly ksRaw: number
    readonly pValue: number
  }[]
  readonly tail: readonly (readonly [number, number])[]
}

/** Made by test/oracle/drift.py with SciPy. */
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/drift.json', import.meta.url), 'utf8'),
) as Golden

const names = ['a', 'b', 'c', 'd']

function normals(rows: number, rng: Rng, features = names): FeatureMatrix {
  const X = Float32Array.from({ length: rows * features.length }, () => rng.normal())
  return { rows, features, X }
}

const all = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, k) => k)

function trained(rng: Rng, rows = 4_000): Reference {
  return describeReference(normals(rows, rng.stream('train')), all(rows), rng.stream('sample'))
}

function serve(window: DriftWindow, { X, features, rows }: FeatureMatrix): void {
  for (let row = 0; row < rows; row++)
    window.push(X.subarray(row * features.length, (row + 1) * features.length))
}

describe('drift measures', () => {
  it.each(golden.cases)('agree with NumPy and SciPy: $name', (one) => {
    const matrix = {
      rows: one.reference.length,
      features: ['x'],
      X: Float32Array.from(one.reference),
    }
    const reference = describeReference(matrix, all(matrix.rows), createRng(1))
    const [column] = reference.columns
    expect(column!.edges).toEqual(one.edges)
    expect(column!.counts).toEqual(one.counts[0])
    const window = new DriftWindow(reference, { windowRows: one.window.length })
    for (const x of one.window) window.push(Float32Array.of(x))
    const [drift] = window.measure()
    expect(drift!.psi).toBeCloseTo(one.psi, 12)
    expect(drift!.ks).toBeCloseTo(one.ks, 12)
    expect(drift!.ksPValue).toBeCloseTo(one.pValue, 12)
    // The raw statistic lies within the documented bound above the binned one.
    expect(one.ksRaw).toBeGreaterThanOrEqual(drift!.ks - 1e-12)
    expect(one.ksRaw).toBeLessThanOrEqual(drift!.ks + drift!.ksBound + 1e-12)
  })

  it('has the tail of the Kolmogorov distribution on both of its series', () => {
    for (const [x, tail] of golden.tail)
      // n = m = 2 · 10⁶ makes the factor √(nm / (n + m)) exactly 1,000.
      expect(smirnovPValue(x / 1_000, 2e6, 2e6)).toBeCloseTo(tail, 12)
  })

  it('says nothing of a window or reference without known values', () => {
    expect(stabilityIndex([3, 4], [0, 0])).toBeNaN()
    expect(binnedDistance([0, 0], [1, 2]).ks).toBeNaN()
  })

  it.each([
    { missing: 2, state: 'ok' },
    { missing: 3, state: 'watch' },
    { missing: 5, state: 'alert' },
  ])('calls $missing more missing of 100 rows $state', ({ missing, state }) => {
    const reference = { edges: [0], counts: [500, 500], missing: 0, mean: 0, deviation: 1 }
    const known = (100 - missing) / 2
    const drift = measureDrift('x', reference, { counts: [known, known], missing }, { features: 1 })
    expect(drift.missingRise).toBeCloseTo(missing / 100, 12)
    expect(drift.state).toBe(state)
  })
})

describe('a window of served rows', () => {
  it('names the shifted feature, once a change, and no other', () => {
    const rng = createRng(11)
    const window = new DriftWindow(trained(rng))
    serve(window, normals(500, rng.stream('before')))
    expect(window.changes()).toEqual([])
    const shifted = normals(500, rng.stream('after'))
    for (let row = 0; row < 500; row++) shifted.X[row * 4 + 2]! += 0.8
    serve(window, shifted)
    const changes = window.changes()
    expect(changes.map(({ feature, before, state }) => [feature, before, state])).toEqual([
      ['c', 'ok', 'alert'],
    ])
    expect(window.changes()).toEqual([])
    serve(window, normals(500, rng.stream('again')))
    expect(window.changes().map(({ feature, state }) => [feature, state])).toEqual([['c', 'ok']])
  })

  it('names a feature that stops coming', () => {
    const rng = createRng(12)
    const window = new DriftWindow(trained(rng))
    const served = normals(500, rng.stream('serve'))
    for (let row = 0; row < 500; row += 10) served.X[row * 4] = NaN
    serve(window, served)
    const [change, ...others] = window.changes()
    expect([change!.feature, change!.state, others.length]).toEqual(['a', 'alert', 0])
    expect(change!.missingRise).toBeCloseTo(0.1, 12)
  })

  it('raises no alert on the distribution of the training, and watches at the nominal rate', () => {
    let watched = 0
    for (let seed = 0; seed < 20; seed++) {
      const rng = createRng(seed)
      const window = new DriftWindow(trained(rng))
      serve(window, normals(500, rng.stream('serve')))
      const measured = window.measure()
      expect(measured).toHaveLength(4)
      expect(measured.filter(({ state }) => state === 'alert')).toEqual([])
      watched += measured.some(({ state }) => state === 'watch') ? 1 : 0
    }
    // Level 0.01 over all features of a window: P(more than 2 of 20) < 0.002.
    expect(watched).toBeLessThanOrEqual(2)
  })

  it('holds the newest rows only: equal to a window that saw nothing else', () => {
    const rng = createRng(13)
    const reference = trained(rng)
    const [long, short] = [1, 2].map(() => new DriftWindow(reference, { windowRows: 60 }))
    const newest = normals(60, rng.stream('newest'))
    newest.X[7] = NaN
    serve(long!, normals(217, rng.stream('old')))
    serve(long!, newest)
    serve(short!, newest)
    expect(long!.measure()).toEqual(short!.measure())
  })

  it('judges nothing before it is full', () => {
    const rng = createRng(14)
    const window = new DriftWindow(trained(rng))
    serve(window, normals(499, rng.stream('serve')))
    expect(window.measure()).toEqual([])
  })

  it('refuses a row of another width', () => {
    expect(() => {
      new DriftWindow(trained(createRng(1))).push(new Float32Array(3))
    }).toThrow('values must be 4 numbers, got 3')
  })
})

describe('reference', () => {
  it('does not change with rows that it was not given', () => {
    const rng = createRng(21)
    const matrix = normals(3_000, rng)
    const train = all(2_000)
    const before = describeReference(matrix, train, createRng(3))
    matrix.X.fill(1e6, 2_000 * 4)
    expect(describeReference(matrix, train, createRng(3))).toEqual(before)
    matrix.X[4 * 1_000] = 50
    expect(describeReference(matrix, train, createRng(3))).not.toEqual(before)
  })

  it('is the same for the same seed, and samples other rows for another', () => {
    const matrix = normals(3_000, createRng(22))
    const of = (seed: number): Reference =>
      describeReference(matrix, all(3_000), createRng(seed), { sampleRows: 100 })
    expect(of(1)).toEqual(of(1))
    expect(of(1).columns).toEqual(of(2).columns)
    expect(of(1).sample).not.toEqual(of(2).sample)
    const rows = Array.from({ length: 100 }, (_, k) =>
      of(1)
        .sample.slice(4 * k, 4 * k + 4)
        .join(),
    )
    expect(new Set(rows).size).toBe(100)
  })

  it('keeps an outlier out of mean and deviation', () => {
    const matrix = normals(1_000, createRng(23), ['x'])
    matrix.X[5] = 1e9
    const [column] = describeReference(matrix, all(1_000), createRng(1)).columns
    expect(Math.abs(column!.mean)).toBeLessThan(0.15)
    expect(Math.abs(column!.deviation - 1)).toBeLessThan(0.15)
  })

  it('describes constant, rare and absent features', () => {
    const features = ['constant', 'rare', 'absent']
    const X = new Float32Array(3_000)
    for (let row = 0; row < 1_000; row++) X.set([0.1, row === 500 ? 1 : 0, NaN], 3 * row)
    const { columns } = describeReference({ rows: 1_000, features, X }, all(1_000), createRng(1))
    expect(columns[0]).toMatchObject({
      edges: [Math.fround(0.1)],
      counts: [1_000, 0],
      deviation: 0,
    })
    expect(columns[1]).toMatchObject({ edges: [0], counts: [999, 1] })
    expect(columns[1]!.deviation).toBeCloseTo(Math.sqrt(0.001 * 0.999), 12)
    expect(columns[2]).toEqual({ edges: [], counts: [0], missing: 1_000, mean: 0, deviation: 0 })
  })
})

describe('dissimilarity', () => {
  it('is the distance to the nearest over the mean distance, on points worked out by hand', () => {
    const columns = ['x', 'y'].map(() => ({
      ...{ edges: [], counts: [3], missing: 0, mean: 1, deviation: 2 },
    }))
    // In units of the deviation: (0, 0), (3, 0), (0, 4); distances 3, 4, 5, mean 4.
    const reference = {
      ...{ rows: 3, features: ['x', 'y'], columns, sampleRows: 3 },
      sample: Float32Array.of(0, 0, 3, 0, 0, 4),
    }
    const index = createDissimilarity(reference)!
    expect(index.meanDistance).toBe(4)
    expect(index.threshold).toBe(1)
    expect(index.of(Float32Array.of(1 + 2 * 3, 1 + 2 * 12))).toBeCloseTo(Math.hypot(3, 8) / 4, 6)
    expect(index.of(Float32Array.of(1, NaN))).toBe(0)
    // y alone counts, at twice its square: 0, 0, 4√2, mean (0 + 4√2 + 4√2) / 3.
    const weighted = createDissimilarity(reference, { weights: [0, 1] })!
    expect(weighted.meanDistance).toBeCloseTo((8 * Math.SQRT2) / 3, 6)
    expect(weighted.of(Float32Array.of(99, 1))).toBe(0)
  })

  it('marks about one in a hundred rows like the training, and every far one', () => {
    const rng = createRng(31)
    const index = createDissimilarity(trained(rng))!
    const marked = (matrix: FeatureMatrix): number =>
      all(matrix.rows).filter(
        (row) => index.of(matrix.X.subarray(row * 4, row * 4 + 4)) > index.threshold,
      ).length
    expect(marked(normals(2_000, rng.stream('train')))).toBeLessThan(60)
    const fresh = normals(2_000, rng.stream('serve'))
    expect(marked(fresh)).toBeLessThan(60)
    expect(marked(fresh)).toBeGreaterThan(2)
    for (let row = 0; row < 2_000; row++) fresh.X[row * 4 + 1] = 12
    expect(marked(fresh)).toBe(2_000)
  })

  it('is not defined where rows have no distance', () => {
    const same = { rows: 9, features: ['x'], X: new Float32Array(9).fill(3) }
    expect(createDissimilarity(describeReference(same, all(9), createRng(1)))).toBeUndefined()
  })
})

describe('drift of bars', () => {
  it('is that of the vectors which a server takes from them one by one', () => {
    const plan = compilePlan(findFeatureSet('base'))
    const [rows, from] = [400, 300]
    const bars = [randomBars(rows, 5), randomBars(rows, 6)]
    const stream = new FeatureStream(findFeatureSet('base'), ['A', 'B'], new Int32Array(2), {
      maxWindow: rows - from,
    })
    stream.append(bars)
    const matrix = normals(500, createRng(1), [...plan.names])
    const reference = describeReference(matrix, all(500), createRng(2))
    const window = new DriftWindow(reference, { windowRows: 2 * (rows - from) })
    for (const symbol of [0, 1]) serve(window, stream.latest([symbol], rows - from).matrix)
    const counts = new BinCounts(reference)
    const span = { from, to: rows }
    countBars(counts, plan, { bars, groups: new Int32Array(2), spans: [span, span] })
    expect(counts.measure(defaultDriftLimits)).toEqual(window.measure())
    countBars(counts, plan, { bars, groups: new Int32Array(2), spans: [span, { from: 0, to: 0 }] })
    expect(counts.measure(defaultDriftLimits)).not.toEqual(window.measure())
  })
})
