/** Frames: equal lengths, ascending time, views instead of copies. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrame, lowerBound, numberColumn, sliceFrame } from '../../../core/frame.ts'

const time = Float64Array.of(10, 20, 20, 30)
const columns = {
  close: Float64Array.of(1, NaN, 3, 4),
  count: Int32Array.of(1, 2, 3, 4),
  symbol: { codes: Int32Array.of(0, 1, -1, 0), values: ['A', 'B'] },
}

describe('createFrame', () => {
  it('keeps the columns and freezes', () => {
    const frame = createFrame(time, columns)
    expect(frame.length).toBe(4)
    expect(frame.columns['close']).toBe(columns.close)
    expect(() => Object.assign(frame, { length: 1 })).toThrow(TypeError)
    expect(() => Object.assign(frame.columns, { x: time })).toThrow(TypeError)
  })

  it('is a snapshot of the columns it was given', () => {
    const given: Record<string, Float64Array> = { a: Float64Array.of(1) }
    const frame = createFrame(Float64Array.of(1), given)
    given['b'] = Float64Array.of(2)
    expect(Object.keys(frame.columns)).toStrictEqual(['a'])
  })

  it.each([
    ['numbers', { a: Float64Array.of(1) }],
    ['strings', { a: { codes: Int32Array.of(0), values: ['x'] } }],
  ])('refuses %s of another length by name', (_, bad) => {
    expect(() => createFrame(time, bad)).toThrow('column a must be of 4 rows, got 1')
  })

  it.each([
    ['goes back', [1, 3, 2]],
    ['is not a number', [1, NaN, 2]],
  ])('refuses a time that %s, naming the row', (_, bad) => {
    expect(() => createFrame(Float64Array.from(bad), {})).toThrow(/at row [12] /)
  })
})

describe('numberColumn', () => {
  it('gives float64, converted where needed', () => {
    const frame = createFrame(time, columns)
    expect(numberColumn(frame, 'close')).toBe(columns.close)
    expect(numberColumn(frame, 'count')).toStrictEqual(Float64Array.of(1, 2, 3, 4))
  })

  it('names what there is', () => {
    const frame = createFrame(time, columns)
    expect(() => numberColumn(frame, 'cloes')).toThrow(
      'There is no numeric column cloes. Known: close',
    )
    expect(() => numberColumn(frame, 'symbol')).toThrow('no numeric column')
  })
})

describe('sliceFrame', () => {
  it('gives views on the same memory', () => {
    const slice = sliceFrame(createFrame(time, columns), 1, 3)
    expect([...slice.time]).toStrictEqual([20, 20])
    expect((slice.columns['close'] as Float64Array).buffer).toBe(columns.close.buffer)
    expect(slice.columns['symbol']).toStrictEqual({
      codes: Int32Array.of(1, -1),
      values: ['A', 'B'],
    })
  })
})

describe('lowerBound', () => {
  it('is the first row at or after a moment', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 })),
        fc.integer({ min: -1, max: 51 }),
        (values, at) => {
          const sorted = Float64Array.from(values).sort()
          const found = sorted.findIndex((value) => value >= at)
          expect(lowerBound(sorted, at)).toBe(found === -1 ? sorted.length : found)
        },
      ),
    ))
})
