import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrame, type Frame } from '../../../../core/frame.ts'
import { joinEvents, type EventSeries } from '../../../../features/index.ts'

const day = 86_400_000

/** Bars decided at these days. */
function barsAt(...days: number[]): Frame {
  const moments = Float64Array.from(days, (at) => at * day)
  return createFrame(moments, { knownAt: moments })
}

/** Rows of [time, knownAt, value], in days. */
function events(...rows: readonly (readonly [number, number, number])[]): EventSeries {
  return {
    time: Float64Array.from(rows, ([time]) => time * day),
    knownAt: Float64Array.from(rows, ([, knownAt]) => knownAt * day),
    value: Float64Array.from(rows, ([, , value]) => value),
  }
}

const join = (bars: Frame, series: EventSeries): number[][] =>
  Object.values(joinEvents(bars, series, { name: 'x' })).map((column) => [...column])

describe('an event series', () => {
  it('is seen from the moment it was known on, that moment included', () => {
    expect(join(barsAt(4.999, 5, 7), events([1, 5, 3]))).toEqual([
      [NaN, 3, 3],
      [NaN, 0, 2],
      [NaN, NaN, NaN],
    ])
  })

  it('that is scheduled gives the days left, and its value only once it has happened', () => {
    expect(join(barsAt(89, 90, 95, 100, 103), events([100, 90, 2]))).toEqual([
      [NaN, NaN, NaN, 2, 2],
      [NaN, NaN, NaN, 0, 3],
      [NaN, 10, 5, NaN, NaN],
    ])
  })

  it('counts the event that happened last, not the report that came last', () => {
    const [value, age] = join(barsAt(10, 20, 30), events([8, 9, 1], [2, 15, 7], [8, 25, 4]))
    expect(value).toEqual([1, 1, 4])
    expect(age).toEqual([1, 11, 5])
  })

  it('of a date alone keeps the value before it', () => {
    const [value, , next] = join(barsAt(5, 12), events([1, 1, 6], [10, 2, NaN]))
    expect(value).toEqual([6, 6])
    expect(next).toEqual([5, NaN])
  })

  it('names the nearest of several dates ahead, in whatever order they were announced', () => {
    const [, , next] = join(barsAt(1, 3, 11, 21), events([20, 0, 1], [10, 2, 1], [30, 2, 1]))
    expect(next).toEqual([19, 7, 9, 9])
  })

  it('is refused where a row does not say when it was known', () => {
    expect(() => join(barsAt(1), events([1, 1, 1], [1, NaN, 1]))).toThrow(
      /event series x: event 2 has no knownAt; say when each event was first known/,
    )
    expect(() => joinEvents(barsAt(1), events(), { name: 'a-b' })).toThrow(/letters, digits and _/)
  })
})

const row = fc.tuple(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 60 }),
  fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(NaN)),
)

it('shows at a moment nothing that was known after it, however that is changed', () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 30 }),
      fc.array(row, { maxLength: 30 }),
      fc.integer({ min: 0, max: 60 }),
      (rows, others, until) => {
        const bars = barsAt(...Array.from({ length: 61 }, (_, at) => at))
        const known = rows.filter(([, knownAt]) => knownAt <= until)
        const later = others.filter(([, knownAt]) => knownAt > until)
        const cut = (series: EventSeries): number[][] =>
          join(bars, series).map((column) => column.slice(0, until + 1))
        expect(cut(events(...known, ...later))).toEqual(cut(events(...rows)))
      },
    ),
  )
})

it('equals the definition read row by row', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const days = Array.from({ length: 61 }, (_, at) => at)
      const [value, age, next] = join(barsAt(...days), events(...rows))
      for (const at of days) {
        const counted = rows
          .map(([time, knownAt, x]) => ({ time, knownAt, x, from: Math.max(time, knownAt) }))
          .filter(({ from, x }) => from <= at && !Number.isNaN(x))
        const [last] = counted.sort((a, b) => b.time - a.time || b.knownAt - a.knownAt)
        // Rows of one moment that were known at once: any of the values is right, and the age is the same.
        const equals = counted.filter(
          ({ time, knownAt }) => time === last?.time && knownAt === last.knownAt,
        )
        if (last === undefined) expect(value![at]).toBeNaN()
        else expect(equals.map(({ x }) => x)).toContain(value![at])
        expect(age![at]).toBe(last === undefined ? NaN : at - last.from)
        const ahead = rows.filter(([time, knownAt]) => time > at && knownAt <= at)
        const nearest = Math.min(...ahead.map(([time]) => time))
        expect(next![at]).toBe(ahead.length === 0 ? NaN : nearest - at)
      }
    }),
  )
})
