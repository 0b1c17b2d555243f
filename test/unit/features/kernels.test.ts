/** What the kernels' memory must not change: windows of any length, sets that take turns, room that grows. */
import { describe, expect, it } from 'vitest'
import { sliceFrame, type Frame } from '../../../core/frame.ts'
import { createRng } from '../../../core/rng.ts'
import {
  apply,
  column,
  compilePlan,
  evaluatePanel,
  FeatureStream,
  findFeatureSet,
  findOperator,
  type FeatureSet,
  type SeriesOperator,
} from '../../../features/index.ts'
import { randomBars } from '../../support/bars.ts'
import { batch } from '../../support/operator-checks.ts'

const rng = createRng(11).stream('values')
const rows = 1_500
const x = Float64Array.from({ length: rows }, () => (rng.uniform() < 0.02 ? NaN : rng.normal()))
const y = x.map((value) => value + rng.normal())

function valid(i: number, window: number, columns = [x]): number[][] {
  const found: number[][] = []
  for (let k = Math.max(0, i + 1 - window); k <= i; k++) {
    const values = columns.map((values) => values[k]!)
    if (values.every((value) => !Number.isNaN(value))) found.push(values)
  }
  return found
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const spread = (values: readonly number[]): number => {
  const mean = meanOf(values)
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}
const slope = (values: readonly (readonly [number, number])[]): number => {
  const meanX = meanOf(values.map(([at]) => at))
  const meanY = meanOf(values.map(([, value]) => value))
  const cross = values.reduce((sum, [at, value]) => sum + (at - meanX) * (value - meanY), 0)
  return cross / spread(values.map(([at]) => at))
}

type Naive = (values: number[], i: number, window: number) => number
const naive: Readonly<Record<string, Naive>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Mean: meanOf,
  Std: (values) => Math.sqrt(spread(values) / (values.length - 1)),
  Slope: (_values, i, window) => {
    const found: [number, number][] = []
    for (let k = Math.max(0, i + 1 - window); k <= i; k++)
      if (!Number.isNaN(x[k]!)) found.push([k, x[k]!])
    return slope(found)
  },
  Max: (values) => Math.max(...values),
  Min: (values) => Math.min(...values),
  Med: (values) => {
    const sorted = [...values].sort((a, b) => a - b)
    const half = (sorted.length - 1) / 2
    return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2
  },
  Rank: (values, i) => values.filter((value) => value <= x[i]!).length / values.length,
}

// Below, at and above the lengths at which kernels change their way: pieces of 256 and 512 rows, 192 sorted values.
const windows = [1, 2, 3, 7, 191, 192, 193, 255, 256, 257, 511, 513, 900]
const cases = Object.keys(naive).flatMap((name) => windows.map((window) => [name, window] as const))

describe('kernels', () => {
  it.each(cases)('%s over %i rows is what its definition says', (name, window) => {
    const operator = findOperator(name) as SeriesOperator
    if (window < operator.params[0]!.min) return
    const [out] = batch(operator, [x], { emitPartial: true, params: [window] })
    for (let i = 0; i < rows; i += i < 20 ? 1 : 37) {
      const values = valid(i, window).map(([value]) => value!)
      const enough = values.length >= operator.minPeriods([window])
      const missing = !enough || (name === 'Rank' && Number.isNaN(x[i]!))
      if (missing) expect(out![i]).toBeNaN()
      else expect(out![i]).toBeCloseTo(naive[name]!(values, i, window), 9)
    }
  })

  it.each(windows.slice(2))('Corr over %i rows is what its definition says', (window) => {
    const [out] = batch(findOperator('Corr') as SeriesOperator, [x, y], {
      emitPartial: true,
      params: [window],
    })
    for (let i = 40; i < rows; i += 37) {
      const pairs = valid(i, window, [x, y])
      if (pairs.length < 3) continue
      const a = pairs.map(([first]) => first!)
      const b = pairs.map(([, second]) => second!)
      const sums = spread(a.map((value, k) => value + b[k]!))
      const expected = (sums - spread(a) - spread(b)) / 2 / Math.sqrt(spread(a) * spread(b))
      expect(out![i]).toBeCloseTo(expected, 9)
    }
  })
})

function setOf(name: string, window: number): FeatureSet {
  const mean = apply('Mean', column('close'), window)
  const features = [
    { name: 'mean', expression: mean, doc: 'test' },
    { name: 'above', expression: apply('Gt', apply('Sub', column('close'), mean), 0), doc: 'test' },
    { name: 'ema', expression: apply('EMA', column('close'), 5), doc: 'test' },
  ]
  return { name, version: 1, emitPartial: true, features }
}

describe('the memory of the kernels', () => {
  const bars = randomBars(120, 3)
  const row = (i: number): Frame => sliceFrame(bars, i, i + 1)
  const rowsOf = (stream: FeatureStream): Float32Array => stream.latest([0], 100).matrix.X

  it('is used in turn by streams of several sets and symbols', () => {
    const sets = [setOf('short', 5), setOf('long', 400), findFeatureSet('alpha158')]
    const streams = sets.map((set) => new FeatureStream(set, ['A', 'B'], new Int32Array(2)))
    const alone = sets.map((set) => new FeatureStream(set, ['A', 'B'], new Int32Array(2)))
    for (let i = 0; i < bars.length; i++)
      for (const stream of streams)
        stream.append(i % 2 === 0 ? [row(i), row(i)] : [row(i), undefined])
    for (const stream of alone)
      for (let i = 0; i < bars.length; i++) stream.append([row(i), undefined])
    streams.forEach((stream, k) => {
      const expected = alone[k]!.latest([0], 60).matrix.X
      expect(stream.latest([0], 60).matrix.X).toEqual(expected)
    })
  })

  it('grows for a set that needs more, and those before it go on', () => {
    const before = new FeatureStream(setOf('before', 5), ['A'], new Int32Array(1))
    const whole = new FeatureStream(setOf('before', 5), ['A'], new Int32Array(1))
    whole.append([bars])
    for (let i = 0; i < 60; i++) before.append([row(i)])
    const { close } = bars.columns as { close: Float64Array }
    const rows = { time: bars.time, columns: { close } }
    let mean = NaN
    evaluatePanel(compilePlan(setOf('large', 600_000)), [rows], new Int32Array(1), (block) => {
      mean = block.columns[0]![block.offset + block.count - 1]!
    })
    for (let i = 60; i < bars.length; i++) before.append([row(i)])
    expect(rowsOf(before)).toEqual(rowsOf(whole))
    expect(mean).toBeCloseTo(meanOf([...close]), 9)
  })

  it('serves one evaluation at a time', () => {
    const stream = new FeatureStream(setOf('inner', 5), ['A'], new Int32Array(1))
    const time = Float64Array.of(1)
    const rows = { time, columns: { close: Float64Array.of(100) } }
    const nested = (): void => {
      evaluatePanel(compilePlan(setOf('outer', 5)), [rows], new Int32Array(1), () => {
        stream.append([row(0)])
      })
    }
    expect(nested).toThrow(/computes none/)
    stream.append([row(0)])
    expect(stream.seen(0)).toBe(1)
  })

  it('is not asked for windows that no market has bars for', () => {
    expect(() => apply('Mean', column('close'), 2_000_000)).toThrow(/window of Mean .*1000000/)
  })
})
