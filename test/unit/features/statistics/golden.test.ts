/**
 * Every statistic, estimator, book, regime, event and cross-section operator against SciPy, NumPy, pandas or the formula of its paper
 * in a plain loop; which is which: test/oracle/statistics.py.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findOperator } from '../../../../features/index.ts'
import { run } from './run.ts'

type Column = readonly (number | null)[]

interface Case {
  readonly operator: string
  readonly params: readonly number[]
  readonly inputs: readonly string[]
  readonly partial: boolean
  readonly outputs: readonly Column[]
}

interface Section {
  readonly operator: string
  readonly params: readonly number[]
  readonly inputs: readonly Column[]
  readonly groups: readonly number[]
  readonly output: Column
}

const golden = JSON.parse(
  gunzipSync(readFileSync('test/golden/statistics.json.gz')).toString(),
) as { columns: Readonly<Record<string, Column>>; cases: Case[]; sections: Section[] }

const dense = (column: Column): Float64Array => Float64Array.from(column, (value) => value ?? NaN)

/** Relative, with the rounding of values of order 1 where the truth is nearly 0. */
const close = (found: number, truth: number): boolean =>
  Math.abs(found - truth) <= 1e-9 * Math.abs(truth) + 1e-13

describe('operators agree with independent programs to 1e-9, in the rows that have a value too', () => {
  it.each(
    golden.cases.map(
      (one) =>
        [
          `${one.operator}(${[...one.inputs, ...one.params].join(', ')})${one.partial ? ' from partial windows' : ''}`,
          one,
        ] as const,
    ),
  )('%s', (_, { operator, params, inputs, partial, outputs }) => {
    const found = run(
      operator,
      inputs.map((name) => dense(golden.columns[name]!)),
      params,
      { emitPartial: partial },
    )
    expect(found.length).toBe(outputs.length)
    let values = 0
    outputs.forEach((expected, k) => {
      expected.forEach((truth, row) => {
        const value = found[k]![row]!
        const where = `output ${k} at row ${row}: ${value}, expected ${truth}`
        if (truth === null) expect(value, where).toBeNaN()
        else if (!close(value, truth)) expect.fail(where)
        else values++
      })
    })
    expect(values).toBeGreaterThan(30)
  })
})

describe('operators across symbols agree with pandas and least squares', () => {
  it.each(golden.sections.map((one) => [one.operator, one.groups.length, one] as const))(
    '%s over %i symbols',
    (_, __, { operator, params, inputs, groups, output }) => {
      const found = new Float64Array(groups.length).fill(777)
      const known = findOperator(operator)
      if (known.scope !== 'cross') throw new Error(`${operator} is not a cross operator`)
      known.evaluate(inputs.map(dense), Int32Array.from(groups), params, found)
      output.forEach((truth, row) => {
        const where = `row ${row}: ${found[row]}, expected ${truth}`
        if (truth === null) expect(found[row], where).toBeNaN()
        else expect(Math.abs(found[row]! - truth), where).toBeLessThanOrEqual(1e-12)
      })
    },
  )
})
