import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { purgedTimeSplit } from '../../../models/evaluation/purged-split.ts'
import { dayMs, syntheticDataset } from '../../support/dataset.ts'

const list = (rows: Int32Array): number[] => [...rows]

describe('purgedTimeSplit', () => {
  // 13 rows, labels of 3 bars: samples 0 … 9; row r is decided at day r + 1, its label known at day r + 4.
  const dataset = syntheticDataset({ rowsPerSymbol: 13, horizon: 3 })

  it('drops the rows whose label ends inside the validation period', () => {
    const { train, validation, validationStart } = purgedTimeSplit(dataset, {
      validationFraction: 0.3,
    })
    expect(list(validation)).toEqual([7, 8, 9])
    expect(validationStart).toBe(8 * dayMs)
    // The label of row 4 is known at day 8, when row 7 is decided: it stays. Rows 5 and 6 go.
    expect(list(train)).toEqual([0, 1, 2, 3, 4])
  })

  it('moves the cut back by the embargo', () => {
    const bars = purgedTimeSplit(dataset, { validationFraction: 0.3, embargoBars: 2 })
    expect(list(bars.train)).toEqual([0, 1, 2])
    expect(list(bars.validation)).toEqual([7, 8, 9])
    const ms = purgedTimeSplit(dataset, { validationFraction: 0.3, embargoMs: 2 * dayMs })
    expect(list(ms.train)).toEqual([0, 1, 2])
  })

  it('cuts a panel by moments, not by rows', () => {
    const panel = syntheticDataset({ symbols: 2, rowsPerSymbol: 6, horizon: 1 })
    const { train, validation } = purgedTimeSplit(panel, { validationFraction: 0.4 })
    expect(list(validation)).toEqual([3, 4, 9, 10])
    expect(list(train)).toEqual([0, 1, 2, 6, 7, 8])
  })

  it('refuses a split with an empty side', () => {
    expect(() => purgedTimeSplit(dataset, { validationFraction: 0.3, embargoBars: 7 })).toThrow(
      /training set/,
    )
    expect(() => purgedTimeSplit(dataset, { validationFraction: 1 })).toThrow(/validationFraction/)
    const none = { ...dataset, samples: new Int32Array(0) }
    expect(() => purgedTimeSplit(none, { validationFraction: 0.3 })).toThrow(/no usable row/)
  })

  it('never trains on a label that ends after validation begins', () => {
    fc.assert(
      fc.property(
        fc.record({
          symbols: fc.integer({ min: 1, max: 4 }),
          rowsPerSymbol: fc.integer({ min: 8, max: 40 }),
          horizon: fc.integer({ min: 1, max: 6 }),
          validationFraction: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
          embargoBars: fc.nat(4),
        }),
        ({ validationFraction, embargoBars, ...options }) => {
          const panel = syntheticDataset(options)
          let split
          try {
            split = purgedTimeSplit(panel, { validationFraction, embargoBars })
          } catch {
            return
          }
          const greatest = Math.max(...split.train.map((row) => panel.labelEnd[row]! / dayMs))
          const first = Math.min(...split.validation.map((row) => panel.time[row]! / dayMs))
          expect(greatest + embargoBars).toBeLessThanOrEqual(first)
          expect(split.train.length + split.validation.length).toBeLessThanOrEqual(
            panel.samples.length,
          )
        },
      ),
    )
  })
})
