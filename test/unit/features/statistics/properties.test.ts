/** Numbers from papers, closed forms, and what must hold whatever the input. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import {
  apply,
  column,
  compilePlan,
  evaluatePanel,
  findOperator,
  type Expression,
} from '../../../../features/index.ts'
import { regimeNames } from '../../../../features/operators/regime/regime.ts'
import { run } from './run.ts'

const series = (length: number, of: (i: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, i) => of(i))
const one = (
  name: string,
  inputs: readonly Float64Array[],
  params: readonly number[],
): Float64Array => run(name, inputs, params)[0]!
const last = (name: string, inputs: readonly Float64Array[], params: readonly number[]): number =>
  one(name, inputs, params).at(-1)!

describe('known answers', () => {
  it('P² finds the median of Jain and Chlamtac’s twenty observations (1985, table I): 4.44', () => {
    const observations = [
      [0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92],
      [34.6, 10.28, 1.47, 0.4, 0.05, 11.39, 0.27, 0.42, 0.09, 11.37],
    ].flat()
    const median = last('ExpandingQuantile', [Float64Array.from(observations)], [0.5])
    expect(median).toBeCloseTo(4.44, 2)
  })

  it('fractional differences of order 0 and 1 are the value and its change', () => {
    const x = series(60, (i) => Math.sin(i) + i)
    expect(last('FracDiff', [x], [0, 20])).toBe(x[59])
    expect(last('FracDiff', [x], [1, 20])).toBeCloseTo(x[59]! - x[58]!, 13)
    // (1 − B)^0.5 of a step that happened three rows ago: 1 − 1/2 − 1/8 − 1/16
    const step = series(60, (i) => (i >= 56 ? 1 : 0))
    expect(last('FracDiff', [step], [0.5, 20])).toBeCloseTo(0.3125, 14)
  })

  it('a straight path has Hurst exponent 1, one that swings 0', () => {
    expect(last('Hurst', [series(200, (i) => 0.1 * i)], [100, 16])).toBeCloseTo(1, 12)
    const rng = createRng(3).stream('noise')
    expect(last('Hurst', [series(3_000, () => rng.normal())], [2_000, 16])).toBeCloseTo(0, 1)
  })

  it('a random walk has Hurst exponent 1/2 and variance ratio 1', () => {
    const rng = createRng(5).stream('walk')
    let level = 0
    const walk = series(20_000, () => (level += rng.normal()))
    expect(Math.abs(last('Hurst', [walk], [19_000, 16]) - 0.5)).toBeLessThan(0.03)
    expect(Math.abs(last('VarianceRatio', [walk], [5, 19_000]) - 1)).toBeLessThan(0.05)
  })

  it('a deviation that halves every five rows has the half-life of its slope', () => {
    const path = series(80, (i) => 2 ** (-i / 5))
    expect(last('HalfLife', [path], [60])).toBeCloseTo(Math.LN2 / (1 - 2 ** (-1 / 5)), 9)
    expect(last('HalfLife', [series(80, (i) => 2 ** (i / 5))], [60])).toBeNaN()
  })

  it('bounces of one spread are Roll’s spread', () => {
    // Changes that follow each other are (+1, −1) or (−1, +1): covariance −1 but for one degree of freedom.
    const price = series(200, (i) => 100 + (i % 2) / 2)
    const expected = 2 * Math.sqrt((0.25 * 100) / 99)
    expect(last('RollSpread', [price], [100])).toBeCloseTo(expected, 12)
  })

  it('names each regime where it was planted', () => {
    const rng = createRng(8).stream('regimes')
    const codeAfter = (change: (i: number) => number, range: number): number => {
      let level = 0
      const calm = 400
      const close = series(430, (i) => {
        level += i < calm ? 0.01 * rng.normal() : change(i)
        return 100 * Math.exp(level)
      })
      const spread = (sign: number): Float64Array =>
        close.map((price, i) => price * (1 + sign * (i < calm ? 0.004 : range)))
      return last('Regime', [spread(1), spread(-1), close], [20, 100])
    }
    const swings = (i: number): number => 0.01 * [1, -1, 1.2, -1.1][i % 4]!
    const named = (code: number): string => regimeNames[code - 1]!
    expect(named(codeAfter((i) => 0.01 + 0.2 * swings(i), 0.004))).toBe('strong up-trend')
    expect(named(codeAfter((i) => -0.01 + 0.2 * swings(i), 0.004))).toBe('strong down-trend')
    expect(named(codeAfter((i) => 0.0035 + swings(i), 0.002))).toBe('weak up-trend')
    expect(named(codeAfter((i) => -0.004 + swings(i), 0.002))).toBe('weak down-trend')
    expect(named(codeAfter((i) => 5 * swings(i), 0.05))).toBe('high volatility')
    expect(named(codeAfter((i) => 0.5 * swings(i), 0.001))).toBe('mean-reverting')
    // Pairs of equal steps have no lag-one correlation.
    const pairs = (i: number): number => 0.005 * (i % 4 < 2 ? 1 : -1)
    expect(named(codeAfter(pairs, 0.001))).toBe('quiet')
  })
})

describe('regime', () => {
  it('compares a bar with the past alone: its own range moves no quantile', () => {
    const rng = createRng(9).stream('bars')
    let level = 0
    const close = series(300, () => 100 * Math.exp((level += 0.01 * rng.normal())))
    const high = close.map((price) => price * 1.005)
    const low = close.map((price) => price * 0.995)
    const volatilityWith = (top: number): number =>
      run('Regime', [high.with(299, top), low, close], [20, 100])[2]![299]!
    const square = (top: number): number => {
      const ranges = series(20, (k) => {
        const i = 280 + k
        const upper = Math.max(i === 299 ? top : high[i]!, close[i - 1]!)
        return Math.log(upper / Math.min(low[i]!, close[i - 1]!)) ** 2
      })
      return ranges.reduce((a, b) => a + b)
    }
    const usual = high[299]!
    const wild = 1.5 * usual
    const expected = Math.sqrt(square(wild) / square(usual))
    expect(volatilityWith(wild) / volatilityWith(usual)).toBeCloseTo(expected, 12)
    expect(run('Regime', [high.with(299, wild), low, close], [20, 100])[0]![299]).toBe(6)
  })
})

describe('windows hold to the definition with ties and gaps', () => {
  const cell = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 3, arbitrary: fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 1e3) },
    { weight: 1, arbitrary: fc.constant(NaN) },
  )
  const cells = fc.array(cell, { minLength: 1, maxLength: 60 })

  it('MedAD is the median of the distances from the median', () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 1, max: 12 }), (x, window) => {
        const [found] = run('MedAD', [Float64Array.from(x)], [window], { emitPartial: true })
        x.forEach((_, i) => {
          const held = x.slice(Math.max(0, i + 1 - window), i + 1).filter((v) => v === v)
          const truth =
            held.length === 0 ? NaN : median(held.map((v) => Math.abs(v - median(held))))
          if (Number.isNaN(truth)) expect(found![i]).toBeNaN()
          else expect(Math.abs(found![i]! - truth)).toBeLessThanOrEqual(1e-9)
        })
      }),
    )
  })

  it('MaxDrawdown is the deepest of all falls', () => {
    const prices = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 9 }), (x, window) => {
        const found = one('MaxDrawdown', [Float64Array.from(x)], [window])
        const tops = one('Drawdown', [Float64Array.from(x)], [window])
        x.forEach((_, i) => {
          const held = x.slice(Math.max(0, i + 1 - window), i + 1)
          const falls = held.flatMap((top, a) => held.slice(a).map((price) => price / top - 1))
          const known = held.length === window && held.every((price) => price > 0)
          expect(found[i]).toEqual(known ? Math.min(...falls) : NaN)
          expect(tops[i]).toEqual(known ? held.at(-1)! / Math.max(...held) - 1 : NaN)
        })
      }),
    )
  })

  it('skewness and kurtosis do not change with unit and origin', () => {
    const rng = createRng(1).stream('x')
    const x = series(300, () => rng.normal() ** 3)
    for (const name of ['Skew', 'Kurt', 'ZScore', 'Entropy', 'AutoCorr', 'VarianceRatio']) {
      const params = name === 'Entropy' ? [20, 8] : name === 'AutoCorr' ? [1, 20] : [20]
      const given = name === 'VarianceRatio' ? [3, 20] : params
      const plain = one(name, [x], given)
      const moved = one(name, [x.map((value) => 8 * value + 1_024)], given)
      plain.forEach((value, i) => {
        if (Number.isNaN(value)) expect(moved[i]).toBeNaN()
        else expect(Math.abs(moved[i]! - value), `${name} row ${i}`).toBeLessThanOrEqual(1e-9)
      })
    }
  })
})

describe('expanding moments', () => {
  it('are as exact at row 10⁶ as at row 10', () => {
    const rows = 1_000_000
    // Thirds are not exact in binary; mean and deviation of whole triples are known.
    const x = series(rows - 1, (i) => 1e6 + ((i % 3) - 1) / 3)
    const n = rows - 1
    const spread = Math.sqrt(((2 / 27) * n) / (n - 1))
    expect(Math.abs(last('ExpandingMean', [x], []) - 1e6)).toBeLessThanOrEqual(1e-9)
    expect(Math.abs(last('ExpandingStd', [x], []) / spread - 1)).toBeLessThanOrEqual(1e-9)
    const tenths = series(rows, () => 0.1)
    expect(last('ExpandingSum', [tenths], [])).toBe(100_000)
  })
})

describe('operators of a family', () => {
  it.each([
    [
      'shape',
      [
        apply('Skew', column('x'), 20),
        apply('Kurt', column('x'), 20),
        apply('Kurt', column('x'), 9),
      ],
    ],
    [
      'regression',
      ['Beta', 'Alpha', 'RegResi'].map((name) => apply(name, column('x'), column('y'), 15)),
    ],
  ])('of %s give the same bits together and alone', (_, expressions: Expression[]) => {
    const rng = createRng(2).stream('xy')
    const draw = (): Float64Array =>
      series(400, (i) => (i % 29 === 11 ? NaN : rng.normal() * (i > 200 ? 1e4 : 1)))
    const rows = {
      time: series(400, (i) => i),
      columns: { x: draw(), y: draw() },
    }
    for (const emitPartial of [false, true]) {
      const together = evaluate(expressions, rows, emitPartial)
      expressions.forEach((expression, k) => {
        expect(together[k]).toEqual(evaluate([expression], rows, emitPartial)[0])
      })
    }
  })
})

describe('degenerate input has no value', () => {
  const flat = series(120, () => 50)
  const none = series(120, () => 0)
  const below = series(120, (i) => -5 - (i % 7))
  const steady = series(120, (i) => 1.01 ** i)
  it.each([
    ['Skew', [flat], [20]],
    ['Kurt', [flat], [20]],
    ['ZScore', [flat], [20]],
    ['AutoCorr', [flat], [1, 20]],
    ['Beta', [below, flat], [20]],
    ['Alpha', [below, flat], [20]],
    ['Entropy', [flat], [20, 5]],
    ['Hurst', [flat], [40, 8]],
    ['VarianceRatio', [flat], [2, 20]],
    ['HalfLife', [flat], [20]],
    ['ExpandingZScore', [flat], []],
    ['EWMCorr', [flat, below], [20]],
    ['RollSpread', [steady], [20]],
    ['KyleLambda', [steady, none], [20]],
    ['Amihud', [steady, none], [20]],
    ['RealizedVol', [below], [20]],
    ['BipowerVariation', [none], [20]],
    ['EWMAVol', [below], [0.94]],
    ['Parkinson', [none, none], [20]],
    ['GarmanKlass', [none, none, none, none], [20]],
    ['YangZhang', [below, below, below, below], [20]],
    ['CorwinSchultz', [none, none, none], [20]],
    ['Drawdown', [below], [20]],
    ['MaxDrawdown', [none], [20]],
    ['BookImbalance', [none, none], []],
    ['MicroPrice', [flat, none, flat, none], []],
    ['QuotedSpread', [none, none], []],
    ['Regime', [flat, flat, flat], [20, 20]],
    ['Decay', [flat, below], [5]],
    ['Fresh', [flat, below], [5]],
    ['Skew', [series(19, (i) => i * i)], [20]],
  ] as const)('%s', (name, inputs, params) => {
    for (const out of run(name, inputs, params)) expect(out.every(Number.isNaN)).toBe(true)
  })

  it('a bid above the ask has neither spread nor micro price', () => {
    const [bid, ask, size] = [Float64Array.of(11), Float64Array.of(10), Float64Array.of(5)]
    expect(last('QuotedSpread', [bid, ask], [])).toBeNaN()
    expect(last('MicroPrice', [bid, size, ask, size], [])).toBeNaN()
  })
})

describe('parameters that contradict each other are refused by name', () => {
  it.each([
    ['Hurst', [10, 16], 'maxLag of Hurst must be at most window (10), got 16'],
    ['VarianceRatio', [20, 20], 'lag of VarianceRatio must be below window (20), got 20'],
  ] as const)('%s', (name, params, message) => {
    expect(() => apply(name, column('close'), ...params)).toThrow(message)
  })
})

describe('CSResidual', () => {
  it('nested, is orthogonal to both exposures and sums to 0', () => {
    const rng = createRng(4).stream('section')
    const draw = (): Float64Array => series(50, () => rng.normal())
    const [y, a, noise] = [draw(), draw(), draw()]
    const b = a.map((value, i) => 0.6 * value + noise[i]!)
    const residual = (target: Float64Array, exposure: Float64Array): Float64Array => {
      const operator = findOperator('CSResidual')
      if (operator.scope !== 'cross') throw new Error('not a cross operator')
      const out = new Float64Array(50)
      operator.evaluate([target, exposure], new Int32Array(50), [], out)
      return out
    }
    const rest = residual(residual(y, a), residual(b, a))
    const along = (exposure: Float64Array): number =>
      rest.reduce((total, value, i) => total + value * exposure[i]!, 0)
    for (const exposure of [a, b, rest.map(() => 1)])
      expect(Math.abs(along(exposure))).toBeLessThan(1e-12)
    // Freed of one only, it still has the other in it.
    const single = residual(y, a)
    expect(Math.abs(single.reduce((t, value, i) => t + value * b[i]!, 0))).toBeGreaterThan(1e-3)
  })
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

function evaluate(
  expressions: readonly Expression[],
  rows: { time: Float64Array; columns: Record<string, Float64Array> },
  emitPartial: boolean,
): Float64Array[] {
  const features = expressions.map((expression, k) => ({ name: `f${k}`, expression, doc: 'x' }))
  const plan = compilePlan({ name: 'test', version: 1, emitPartial, features })
  const out = expressions.map(() => new Float64Array(rows.time.length))
  evaluatePanel(plan, [rows], Int32Array.of(0), (block) => {
    block.features.forEach((feature, k) => {
      const { offset, count, row } = block
      out[feature]!.set(block.columns[k]!.subarray(offset, offset + count), row)
    })
  })
  return out
}
