/** One suite over the whole operator table: what `features/operator.ts` promises, held for every entry. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OperatorParams, SeriesOperator } from '../../features/operator.ts'
import { operators } from '../../features/operators/index.ts'

const length = 80

/** Values with repeats, zeros, missing ones and levels far apart. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1e6) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, 0, 1e9, -1e9) },
)
const columns = (arity: number): fc.Arbitrary<Float64Array[]> =>
  fc
    .array(fc.array(value, { minLength: length, maxLength: length }), {
      minLength: arity,
      maxLength: arity,
    })
    .map((rows) => rows.map((row) => Float64Array.from(row)))

const paramsOf = (operator: SeriesOperator): OperatorParams =>
  operator.params.map(({ min }) => Math.max(min, 7))

function run(
  operator: SeriesOperator,
  inputs: readonly Float64Array[],
  cuts: readonly number[] = [],
  emitPartial = false,
): Float64Array {
  const params = paramsOf(operator)
  const state = operator.state(params, { emitPartial })
  const out = new Float64Array(inputs[0]!.length).fill(777)
  const bounds = [0, ...cuts, out.length]
  for (let k = 1; k < bounds.length; k++)
    operator.advance(state, inputs, bounds[k - 1]!, bounds[k]!, out)
  return out
}

describe('operator table', () => {
  it('has distinct names, sorted by file, and a sentence on each', () => {
    expect(new Set(operators.map(({ name }) => name)).size).toBe(operators.length)
    expect(operators.length).toBeGreaterThanOrEqual(20)
    for (const { doc } of operators) expect(doc.length).toBeGreaterThan(4)
  })
})

describe.each(operators.filter((operator) => operator.scope === 'series'))('$name', (operator) => {
  const cut = fc.uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: 10 })

  it('gives the same bits in one call, a row at a time, and in any chunks', () => {
    fc.assert(
      fc.property(columns(operator.arity), cut, fc.boolean(), (inputs, cuts, partial) => {
        const batch = run(operator, inputs, [], partial)
        const everyRow = Array.from({ length: length - 1 }, (_, i) => i + 1)
        expect(run(operator, inputs, everyRow, partial)).toEqual(batch)
        expect(
          run(
            operator,
            inputs,
            cuts.toSorted((a, b) => a - b),
            partial,
          ),
        ).toEqual(batch)
      }),
      { numRuns: 40 },
    )
  })

  it('does not see the future: scrambling later rows changes no earlier value', () => {
    fc.assert(
      fc.property(
        columns(operator.arity),
        columns(operator.arity),
        fc.integer({ min: 1, max: length - 1 }),
        (a, b, at) => {
          const mixed = a.map((column, k) =>
            Float64Array.from(column, (x, i) => (i < at ? x : b[k]![i]!)),
          )
          expect(run(operator, mixed).subarray(0, at)).toEqual(run(operator, a).subarray(0, at))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('reads no further back than its look-back', () => {
    const params = paramsOf(operator)
    fc.assert(
      fc.property(
        columns(operator.arity),
        fc.integer({ min: 30, max: length - 1 }),
        (inputs, at) => {
          const whole = run(operator, inputs)
          const state: unknown = operator.state(params, { emitPartial: false })
          const out = new Float64Array(length)
          operator.advance(state, inputs, 0, at, out)
          const forgotten = inputs.map((column) =>
            Float64Array.from(column, (x, i) => (i < at - operator.lookback(params) ? 12345 : x)),
          )
          operator.advance(state, forgotten, at, at + 1, out)
          expect(out[at]).toEqual(whole[at])
        },
      ),
      { numRuns: 40 },
    )
  })

  it('writes every row, with a finite number or NaN', () => {
    fc.assert(
      fc.property(columns(operator.arity), fc.boolean(), (inputs, partial) => {
        for (const x of run(operator, inputs, [], partial)) {
          expect(x).not.toBe(777)
          expect(Number.isFinite(x) || Number.isNaN(x)).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('has a value from its warm-up on where nothing is missing and the input varies', () => {
    const params = paramsOf(operator)
    const warmup = operator.warmup(params)
    const inputs = Array.from({ length: operator.arity }, (_, k) =>
      Float64Array.from({ length: warmup + 5 }, (_, i) => 10 + k + Math.sin(i * (k + 1)) + i * 0.1),
    )
    expect(Number.isFinite(run(operator, inputs)[warmup])).toBe(true)
  })
})

describe.each(operators.filter((operator) => operator.scope === 'cross'))('$name', (operator) => {
  const section = fc.array(fc.tuple(value, fc.integer({ min: 0, max: 2 })), {
    minLength: 1,
    maxLength: 20,
  })
  const evaluate = (rows: readonly (readonly [number, number])[]): Float64Array => {
    const out = new Float64Array(rows.length).fill(777)
    operator.evaluate(
      [Float64Array.from(rows, ([x]) => x)],
      Int32Array.from(rows, ([, group]) => group),
      [],
      out,
    )
    return out
  }

  it('keeps a missing value missing and does not count it', () => {
    fc.assert(
      fc.property(section, (rows) => {
        const out = evaluate(rows)
        const present = rows.flatMap((row, i) => (Number.isNaN(row[0]) ? [] : [i]))
        rows.forEach(([x], i) => {
          if (Number.isNaN(x)) expect(out[i]).toBeNaN()
        })
        const alone = evaluate(present.map((i) => rows[i]!))
        expect(Float64Array.from(present, (i) => out[i]!)).toEqual(alone)
      }),
    )
  })

  it('answers the same whatever the order of the symbols, up to rounding', () => {
    fc.assert(
      fc.property(section, (rows) => {
        const forward = evaluate(rows)
        const backward = evaluate(rows.toReversed()).toReversed()
        const scale = 1e-9 * Math.max(1, ...rows.map(([x]) => Math.abs(x) || 0))
        forward.forEach((x, i) => {
          if (Number.isNaN(x)) expect(backward[i]).toBeNaN()
          else expect(Math.abs(x - backward[i]!)).toBeLessThanOrEqual(scale)
        })
      }),
    )
  })
})
