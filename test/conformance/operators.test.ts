/** One suite over the whole operator table: what `features/operator.ts` promises, held for every entry without exemption. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CrossOperator, SeriesOperator } from '../../features/operator.ts'
import { signature } from '../../features/expression/expression.ts'
import { operators } from '../../features/operators/index.ts'
import {
  batch,
  columnsFor,
  firstDifference,
  inputNamesOf,
  paramsOf,
  perturbationBreach,
  prefixBreach,
  stream,
} from '../support/operator-checks.ts'

const series = operators.filter((operator) => operator.scope === 'series')
const cross = operators.filter((operator) => operator.scope === 'cross')
/** Long enough to reach beyond the warm-up of window operators and into that of recursive ones. */
const shortLength = (operator: SeriesOperator): number => {
  const params = paramsOf(operator)
  return Math.max(operator.minPeriods(params), operator.lookback(params)) + 60
}

describe('operator table', () => {
  it('has distinct names, a sentence and inputs on each', () => {
    expect(new Set(operators.map(({ name }) => name)).size).toBe(operators.length)
    for (const operator of operators) {
      expect(operator.doc.length, operator.name).toBeGreaterThan(4)
      expect(operator.inputs?.length ?? operator.arity, operator.name).toBe(operator.arity)
      expect(operator.arity <= 2 || operator.inputs !== undefined, signature(operator)).toBe(true)
    }
  })
})

describe.each(series)('$name', (operator: SeriesOperator) => {
  const names = inputNamesOf(operator)
  const params = paramsOf(operator)
  const warmup = operator.warmup(params)
  const lookback = operator.lookback(params)

  it('gives the same bits in batch and in stream over 200,000 rows, through a change of scale and a restart', () => {
    const inputs = columnsFor(names, 200_000, { seed: 1, holes: 0.002, rescale: 1e4, ties: true })
    const whole = batch(operator, inputs)
    expect(firstDifference(stream(operator, inputs, { restoreEvery: 37_001 }), whole)).toBe(
      undefined,
    )
    for (const out of whole) {
      let values = 0
      for (let i = 0; i < out.length; i++) {
        const value = out[i]!
        if (value - value === 0) values++
        else if (value === value) expect.fail(`row ${i} is ${value}`)
      }
      expect(values, 'finite values').toBeGreaterThan(1_000)
    }
    if (operator.memory !== 'window') return
    // The same rows by themselves, late in the series: no rounding or scale is left from what went before.
    for (const end of [100_040, 150_001, 200_000]) {
      const own = inputs.map((column) => column.slice(end - 3 * lookback - 3, end))
      batch(operator, own).forEach((out, k) => {
        const alone = out.at(-1)!
        expectClose(whole[k]![end - 1]!, alone, 1e-9, `output ${k} at row ${end - 1}`)
      })
    }
  })

  it('gives the same bits in chunks of any length, with partial windows too', () => {
    const length = shortLength(operator)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000 }),
        fc.uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: 10 }),
        fc.boolean(),
        (seed, cuts, emitPartial) => {
          const inputs = columnsFor(names, length, { seed, holes: 0.05, ties: true })
          const whole = batch(operator, inputs, { emitPartial })
          const state: unknown = operator.state(params, { emitPartial })
          const outs = whole.map((out) => new Float64Array(out.length).fill(777))
          const bounds = [0, ...cuts.sort((a, b) => a - b), length]
          for (let k = 1; k < bounds.length; k++)
            operator.advance(state, inputs, bounds[k - 1]!, bounds[k]!, outs)
          expect(firstDifference(outs, whole)).toBe(undefined)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('does not see the future', () => {
    const length = Math.min(shortLength(operator), 320)
    for (const seed of [2, 3]) {
      const options = { holes: seed === 3 ? 0.03 : 0, ties: seed === 3 }
      const inputs = columnsFor(names, length, { seed, ...options })
      const noise = columnsFor(names, length, { seed: seed + 100, ties: true })
      expect(prefixBreach(operator, inputs)).toBe(undefined)
      expect(perturbationBreach(operator, inputs, noise)).toBe(undefined)
    }
  })

  it('would be caught if it saw the next row', () => {
    const planted: SeriesOperator = {
      ...operator,
      advance: (state, inputs, from, to, outs) => {
        const ahead = inputs.map((column) => {
          const shifted = column.slice()
          // Two rows, as one would make a lag of one the newest row, which it may see.
          shifted.copyWithin(0, operator.name === 'Ref' ? 2 : 1)
          return shifted
        })
        operator.advance(state, ahead, from, to, outs)
      },
    }
    // Long windows have no value between holes that are many, rare shapes none to lose where they are few.
    const draws = [4, 5, 6].flatMap((seed) => [0.05, 0.01].map((holes) => ({ seed, holes })))
    const seen = (
      find: (options: { seed: number; holes: number }) => string | undefined,
    ): boolean => draws.some((options) => find(options) !== undefined)
    const columns = (options: { seed: number; holes: number }): Float64Array[] =>
      columnsFor(names, shortLength(operator), { ...options, ties: true })
    expect(seen((options) => prefixBreach(planted, columns(options)))).toBe(true)
    expect(
      seen((options) =>
        perturbationBreach(
          planted,
          columns(options),
          columns({ ...options, seed: options.seed + 100 }),
        ),
      ),
    ).toBe(true)
  })

  it('reads no further back than its look-back', () => {
    const length = shortLength(operator)
    for (const at of [lookback + 3, length - 20, length - 1]) {
      const inputs = columnsFor(names, length, { seed: 6, holes: 0.02 })
      const whole = batch(operator, inputs)
      const state: unknown = operator.state(params, { emitPartial: false })
      const outs = whole.map((out) => new Float64Array(out.length))
      operator.advance(state, inputs, 0, at, outs)
      const forgotten = inputs.map((column) =>
        column.map((value, i) => (i < at - lookback ? 12_345 : value)),
      )
      operator.advance(state, forgotten, at, at + 1, outs)
      outs.forEach((out, k) => expect(out[at]).toEqual(whole[k]![at]))
    }
  })

  it('has its first value where it says, and is warm where it says', () => {
    const first = operator.memory === 'window' ? warmup : operator.minPeriods(params) - 1
    const inputs = columnsFor(names, Math.max(warmup, first) + 200, { seed: 7, positive: true })
    batch(operator, inputs).forEach((out, k) => {
      // Some outputs (a correlation of lags, a slower line) have their own later first value; none is earlier.
      out.subarray(0, first).forEach((value) => expect(value).toBeNaN())
      if (k === 0 || operator.memory === 'window') expect(out[first]).not.toBeNaN()
      out.subarray(Math.max(first, warmup)).forEach((value) => expect(value).not.toBeNaN())
    })
    if (operator.memory !== 'recursive') return
    // Another start: from its warm-up on the two agree to 0.1 % of the range of values.
    const skip = 100
    const later = batch(
      operator,
      inputs.map((column) => column.slice(skip)),
    )
    batch(operator, inputs).forEach((out, k) => {
      const settled = out.filter((value) => value === value)
      const range = Math.max(...settled) - Math.min(...settled)
      for (let i = warmup; i < later[k]!.length; i++)
        expect(Math.abs(later[k]![i]! - out[i + skip]!)).toBeLessThanOrEqual(2e-3 * range)
    })
  })

  it('treats a missing input as it says', () => {
    const at = Math.max(warmup, lookback) + 5
    const length = at + 3 * (lookback + 2) + 40
    const clean = columnsFor(names, length, { seed: 8, positive: true })
    const whole = batch(operator, clean)
    names.forEach((name, hole) => {
      if (name === 'time') return
      const holed = clean.map((column, k) => (k === hole ? column.with(at, NaN) : column))
      const found = batch(operator, holed, { emitPartial: true })
      if (operator.missing === 'skip') {
        // A missing newest value may leave the row without one; the rows after it have theirs.
        found.forEach((out) => expect(out[at + lookback + 1]).not.toBeNaN())
        return
      }
      found.forEach((out) => {
        const reached = out.subarray(at, at + lookback + 1)
        expect(reached.some(Number.isNaN), `rows that read the missing ${name}`).toBe(true)
      })
      found.forEach((out, k) => {
        if (operator.missing === 'hold') {
          out.subarray(at + lookback + 1).forEach((value) => expect(value).not.toBeNaN())
          return
        }
        for (let i = at + lookback + 1; i < length; i++)
          expectClose(out[i]!, whole[k]![i]!, 1e-9, `row ${i - at} after the hole`)
      })
    })
  })

  it('answers a finite number or NaN to constant, zero, huge and tiny columns', () => {
    const length = shortLength(operator)
    for (const level of [0, 1, -1, 1e-300, 1e300, 12345.678]) {
      const inputs = names.map(() => new Float64Array(length).fill(level))
      for (const out of batch(operator, inputs))
        for (const value of out) expect(Number.isFinite(value) || Number.isNaN(value)).toBe(true)
    }
  })
})

describe.each(cross)('$name', (operator: CrossOperator) => {
  const params = paramsOf(operator)
  const cell = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1e6) },
    { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(NaN, 0, 1e9, -1e9) },
  )
  const section = fc.array(
    fc.tuple(
      fc.array(cell, { minLength: operator.arity, maxLength: operator.arity }),
      fc.integer({ min: 0, max: 2 }),
    ),
    { minLength: 1, maxLength: 20 },
  )
  type Rows = readonly (readonly [readonly number[], number])[]
  const evaluate = (rows: Rows): Float64Array => {
    const out = new Float64Array(rows.length).fill(777)
    const inputs = Array.from({ length: operator.arity }, (_, k) =>
      Float64Array.from(rows, ([cells]) => cells[k]!),
    )
    operator.evaluate(
      inputs,
      Int32Array.from(rows, ([, group]) => group),
      params,
      out,
    )
    return out
  }

  it('keeps a missing value missing and does not count it', () => {
    fc.assert(
      fc.property(section, (rows) => {
        const out = evaluate(rows)
        for (const value of out) expect(Number.isFinite(value) || Number.isNaN(value)).toBe(true)
        const present = rows.flatMap(([cells], i) => (cells.some(Number.isNaN) ? [] : [i]))
        rows.forEach(([cells], i) => {
          if (Number.isNaN(cells[0])) expect(out[i]).toBeNaN()
        })
        const alone = evaluate(present.map((i) => rows[i]!))
        present.forEach((i, k) => expect(out[i]).toEqual(alone[k]))
      }),
    )
  })

  it('answers the same whatever the order of the symbols, up to rounding', () => {
    fc.assert(
      fc.property(section, (rows) => {
        const forward = evaluate(rows)
        const backward = evaluate(rows.toReversed()).toReversed()
        const scale = 1e-8 * Math.max(1, ...rows.map(([cells]) => Math.abs(cells[0]!) || 0))
        forward.forEach((x, i) => {
          if (Number.isNaN(x)) expect(backward[i]).toBeNaN()
          else expect(Math.abs(x - backward[i]!)).toBeLessThanOrEqual(scale)
        })
      }),
    )
  })
})

function expectClose(found: number, expected: number, relative: number, where: string): void {
  if (Number.isNaN(expected)) expect(found, where).toBeNaN()
  else
    expect(
      Math.abs(found - expected),
      `${where}: ${found}, expected ${expected}`,
    ).toBeLessThanOrEqual(relative * Math.max(1e-300, Math.abs(expected), 1e-6))
}
