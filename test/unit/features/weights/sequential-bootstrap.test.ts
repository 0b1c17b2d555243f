/** The sequential bootstrap: against a count from scratch at each draw, and against the plain bootstrap. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import {
  labelSpans,
  sequentialBootstrap,
  sequentialDraws,
} from '../../../../features/weights/index.ts'
import { barsOf, cases } from './cases.ts'

const close = (values: readonly number[]): unknown[] =>
  values.map((value): unknown => expect.closeTo(value, 12))

describe('the sequential bootstrap', () => {
  it('has, at every draw, the probabilities of a count from scratch', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.nat(), { maxLength: 30 }), (one, choices) => {
        fc.pre(one.rows.length > 0)
        const bars = [...one.rows].map((row) => barsOf(one, row))
        const state = sequentialDraws(labelSpans(one.table, one.rows))
        const drawn: string[] = []
        for (const choice of choices) {
          const label = choice % bars.length
          state.add(label)
          drawn.push(...bars[label]!)
        }
        const unique = bars.map((own) => {
          const shares = own.map((bar) => 1 / (1 + drawn.filter((other) => other === bar).length))
          return shares.reduce((sum, share) => sum + share, 0) / own.length
        })
        const total = unique.reduce((sum, value) => sum + value, 0)
        const found = bars.map((_, label) => state.probability(label))
        expect(found).toEqual(close(unique.map((value) => value / total)))
      }),
    )
  })

  it('finds each label on its share of the line', () => {
    const table = {
      time: Float64Array.from({ length: 9 }, (_, row) => row),
      labelEnd: Float64Array.from({ length: 9 }, (_, row) => row + 2 + (row % 3)),
      symbol: new Int32Array(9),
    }
    const state = sequentialDraws(labelSpans(table, Int32Array.of(0, 1, 2, 4, 5, 7, 8)))
    for (const label of [3, 3, 6, 0]) state.add(label)
    let edge = 0
    for (let label = 0; label < 7; label++) {
      expect(state.find(edge + 1e-9)).toBe(label)
      edge += state.probability(label)
      expect(state.find(edge - 1e-9)).toBe(label)
    }
    expect(edge).toBeCloseTo(1, 12)
    expect(state.find(1 - Number.EPSILON / 2)).toBe(6)
  })

  it('draws bags that repeat themselves less than plain ones do', () => {
    const length = 300
    const rng = createRng(8)
    const time = Float64Array.from({ length }, (_, row) => row)
    const table = {
      time,
      labelEnd: time.map((at) => at + 1 + rng.integer(12)),
      symbol: new Int32Array(length),
    }
    const spans = labelSpans(table, Int32Array.from(time))
    /** Mean uniqueness of the labels of a bag, among those of the bag. */
    const unique = (bag: Int32Array): number => {
      const times = new Int32Array(spans.rowAt.length)
      for (const label of bag)
        for (let bar = spans.first[label]!; bar <= spans.last[label]!; bar++) times[bar]! += 1
      const each = Array.from(bag, (label) => {
        let sum = 0
        for (let bar = spans.first[label]!; bar <= spans.last[label]!; bar++) sum += 1 / times[bar]!
        return sum / (spans.last[label]! - spans.first[label]! + 1)
      })
      return each.reduce((sum, value) => sum + value, 0) / each.length
    }
    const differences = Array.from({ length: 200 }, (_, k) => {
      const own = createRng(100 + k)
      const draws = 60
      const sequential = unique(sequentialBootstrap(spans, { rng: own.stream('bag'), draws }))
      return sequential - unique(new Int32Array(draws).map(() => own.integer(length)))
    })
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
    const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    // More than ten standard errors: chance has no part in it.
    expect(mean).toBeGreaterThan((10 * Math.sqrt(squares)) / differences.length)
  })

  it('is a function of its stream', () => {
    const table = {
      time: Float64Array.of(0, 1, 2, 3),
      labelEnd: Float64Array.of(2, 3, 4, 5),
      symbol: new Int32Array(4),
    }
    const spans = labelSpans(table, Int32Array.of(0, 1, 2, 3))
    const bag = (seed: number): number[] => [
      ...sequentialBootstrap(spans, { rng: createRng(seed), draws: 50 }),
    ]
    expect(bag(1)).toEqual(bag(1))
    expect(bag(1)).not.toEqual(bag(2))
    expect(sequentialBootstrap(spans, { rng: createRng(1) })).toHaveLength(4)
    const none = labelSpans(table, new Int32Array())
    expect(() => sequentialBootstrap(none, { rng: createRng(1) })).toThrow('at least one')
  })
})
